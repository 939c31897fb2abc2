# numaplace: the front door. Meson builds; this installs what is missing first, so that a fresh clone needs only git,
# make and apt. `make help` lists the targets.
BUILD   ?= build
prefix  ?= /usr/local
DESTDIR ?=
MACHINE ?= 4x2
# Warnings are errors where we look after them ourselves, not on the machine of somebody with a newer compiler.
OPTIONS := --prefix="$(prefix)" -Dwerror=$(if $(CI),true,false)

.PHONY: all build check demo bench fuzz install lab-shell format clean help

all: build

help:
	@echo "make            install what building needs, and build"
	@echo "make demo       see the main job: here, then in a guest with four NUMA nodes"
	@echo "make check      install what the tests need, build, and pass all of them"
	@echo "make bench      figures, side by side with the tools that people use today; FIGURES=plan: those of the planner"
	@echo "make install    [prefix=/usr/local] [DESTDIR=]"
	@echo "make lab-shell  MACHINE=4x2: a shell in a multi-node guest (tests/lab/machines lists them)"
	@echo "make fuzz       SECONDS=60: every fuzz target for that long"
	@echo "make format     put the sources in order (clang-format)"

build:
	@tools/install-packages build
	@tools/build "$(BUILD)" $(OPTIONS)

check:
	@tools/install-packages build test
	@tools/install-packages --optional lab
	@tools/check "$(BUILD)" $(OPTIONS)

demo: build
	@tools/install-packages --optional lab
	@tests/lab/demo "$(BUILD)"

bench: build
	@tools/install-packages test
	@tools/install-packages --optional bench
	@bench/run-all "$(BUILD)" $(FIGURES)

fuzz:
	@tools/install-packages build fuzz
	@tests/fuzz/run $(or $(SECONDS),60)

install: build
	@DESTDIR="$(DESTDIR)" meson install -C "$(BUILD)" --no-rebuild

lab-shell: build
	@tools/install-packages lab
	@tests/lab/shell --build "$(BUILD)" "$(MACHINE)"

format:
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf "$(BUILD)" build-san build-fuzz
