"""What the soak calls growth: of samples that are made here. test_soak.py BUILD_DIR"""
import os
import unittest
from unittest import mock

import soak
from soak import e2e

MEBIBYTE = 1 << 20


def samples(count=400, memory=lambda i: 8 * MEBIBYTE, threads=lambda i: 2,
            descriptors=lambda i: 14, children=lambda i: 1):
    return [(memory(i), threads(i), descriptors(i), children(i)) for i in range(count)]


class Growth(unittest.TestCase):
    def found(self, *made, runs=1000, **functions):
        return soak.Campaign.grown(samples(*made, **functions), runs)[0]

    def test_nothing_grows(self):
        self.assertEqual([], self.found())

    def test_machines_come_and_go(self):
        self.assertEqual([], self.found(threads=lambda i: 2 + i // 7 % 3,
                                        descriptors=lambda i: 14 + i // 5 % 9))

    def test_the_least_is_a_rare_sight(self):
        self.assertEqual([], self.found(descriptors=lambda i: 12 if i == 150 else 14 + i % 3))

    def test_a_time_without_machines_is_a_rare_sight(self):
        """And later there were two more often than one."""
        def children(i):
            return 0 if i == 150 else 2 if i % 10 < i // 100 else 1
        self.assertEqual([], self.found(descriptors=lambda i: 18 + 3 * children(i),
                                        children=children))

    def test_a_leak_while_machines_come_and_go(self):
        found = self.found(descriptors=lambda i: 18 + 3 * (i % 3) + i // 100,
                           children=lambda i: i % 3)
        self.assertEqual(["descriptors grew by 2.0"], found)

    def test_caches_fill_in_the_first_quarter(self):
        self.assertEqual([], self.found(memory=lambda i: MEBIBYTE * min(i, 100)))

    def test_a_leak_of_memory(self):
        found = self.found(memory=lambda i: 8 * MEBIBYTE + i * 16384)
        self.assertEqual(1, len(found))
        self.assertIn("memory grew by", found[0])

    def test_a_run_may_cost_its_line(self):
        self.assertEqual([], self.found(memory=lambda i: 8 * MEBIBYTE + i * 2560, runs=1000))

    def test_a_leaked_descriptor_and_thread(self):
        found = self.found(threads=lambda i: 2 + i // 300, descriptors=lambda i: 14 + i // 300)
        self.assertEqual(["threads grew by 1.0", "descriptors grew by 1.0"], found)

    def test_a_thread_ends_while_it_is_looked_at(self):
        own = os.getpid()
        paths = [f"/proc/{own}/task/0/children", f"/proc/{own}/task/{own}/children"]
        with mock.patch("soak.glob.glob", return_value=paths):
            self.assertEqual(0, soak.children_of(own))


if __name__ == "__main__":
    e2e.main()
