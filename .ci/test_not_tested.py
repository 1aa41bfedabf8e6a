import os
import tempfile
import unittest
from pathlib import Path

from not_tested import skipped, summary

REPORT = """<testsuite>
  <testcase classname="io.myelin.ATest" name="runs"/>
  <testcase classname="io.myelin.ATest" name="one"><skipped message="Assumption failed: set X=1"/></testcase>
  <testcase classname="io.myelin.ATest" name="two"><skipped message="SKIPPED: set X=1&#10;more"/></testcase>
  <testcase classname="io.myelin.BTest" name="three"><skipped message="set X=1"/></testcase>
  <testcase classname="io.myelin.BTest" name="four"><skipped/></testcase>
</testsuite>"""


class NotTested(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        reports = self.root / "a" / "target" / "surefire-reports"
        reports.mkdir(parents=True)
        self.report = reports / "TEST-a.xml"
        self.report.write_text(REPORT, encoding="utf-8")

    def test_groups_skipped_tests_by_reason(self) -> None:
        self.assertEqual(
            skipped(self.root),
            {"set X=1": {"ATest": 2, "BTest": 1}, "no reason given": {"BTest": 1}},
        )

    def test_leaves_out_reports_of_earlier_runs(self) -> None:
        os.utime(self.report, (100, 100))
        self.assertEqual(skipped(self.root, since_s=101), {})
        self.assertEqual(len(skipped(self.root, since_s=100)), 2)

    def test_prints_a_line_for_each_reason(self) -> None:
        self.assertEqual(
            summary(skipped(self.root)),
            [
                "Skipped tests, and what would make them run:",
                "  BTest (1): no reason given",
                "  ATest (2), BTest (1): set X=1",
            ],
        )
        self.assertEqual(summary({}), ["No test was skipped."])


if __name__ == "__main__":
    unittest.main()
