/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "finding.h"

#include <string.h>

static void test_add(void **state)
{
    struct findings findings = {.file = "a.yaml"};

    assert_int_equal(findings_add(&findings, CODE_CPU_OFFLINE,
                                  (struct place){"database", true, {.line = 3, .column = 7}},
                                  strdup("CPU 9 is offline"), strdup("choose another")),
                     0);
    assert_int_equal(findings_add(&findings, CODE_MEMORY_EXEMPT,
                                  (struct place){.subject = SUBJECT_HOST}, strdup("fact"), NULL),
                     0);
    assert_int_equal(findings.n_findings, 2);
    assert_string_equal(findings.findings[0].code, "cpu-offline");
    assert_string_equal(findings.findings[0].subject, "database");
    assert_string_equal(findings.findings[0].fact, "CPU 9 is offline");
    assert_string_equal(findings.findings[0].way_out, "choose another");
    assert_int_equal(findings.findings[0].at.column, 7);
    assert_null(findings.findings[1].way_out);
    assert_int_equal(findings_count(&findings, SEVERITY_ERROR), 1);
    assert_int_equal(findings_count(&findings, SEVERITY_WARNING), 0);
    assert_int_equal(findings_count(&findings, SEVERITY_NOTE), 1);
    /* The fact could not be formatted: out of memory; the way out is still ours to free. */
    assert_int_equal(findings_add(&findings, CODE_CPU_UNKNOWN,
                                  (struct place){.subject = SUBJECT_HOST}, NULL, strdup("way out")),
                     -ENOMEM);
    assert_int_equal(findings.n_findings, 2);
    findings_fini(&findings);
    assert_int_equal(findings.n_findings, 0);
    assert_string_equal(findings.file, "a.yaml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
