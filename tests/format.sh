#!/bin/sh
# Every source file is as .clang-format says.
cd "$(dirname "$0")/.." || exit 1
command -v clang-format >/dev/null || { echo "skipped: clang-format is not installed"; exit 77; }
find include src tests bench examples -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run --Werror
