"""Counting. A count that is off by the short last batch, or seconds that include evaluation, compares batch sizes wrongly."""
import unittest

import batchwright
from batchwright._count import Clock, Counter, samples_after
from tests.support import Time, printed_rows


class Steps(unittest.TestCase):
    def setUp(self):
        self.counter = Counter(Clock(Time()))

    def test_ten_thousand_samples_at_a_hundred(self):
        for _ in range(3):
            for _ in self.counter.count(range(100), batch_size=100, samples=10_000):
                pass
        self.assertEqual(self.counter.coordinates(), {"step": 300, "samples": 30_000, "seconds": 0, "epoch": 3})

    def test_the_short_last_batch_counts_as_what_it_is(self):
        for _ in range(2):
            for _ in self.counter.count(range(24), batch_size=64, samples=1500):
                pass
        self.assertEqual(self.counter.coordinates(), {"step": 48, "samples": 3000, "seconds": 0, "epoch": 2})

    def test_a_dropped_last_batch_is_not_counted(self):
        for _ in self.counter.count(range(23), batch_size=64, samples=1500):
            pass
        self.assertEqual((self.counter.step, self.counter.samples), (23, 23 * 64))

    def test_samples_in_the_middle_of_a_pass(self):
        seen = [self.counter.samples for _ in self.counter.count(range(3), batch_size=4, samples=10)]
        self.assertEqual(seen, [4, 8, 10])

    def test_a_batch_beyond_the_samples(self):
        # Either number is wrong then, and with it every row.
        with self.assertRaisesRegex(batchwright.CountError, "batch 4 of a pass, but 10 samples at batch size 4 are 3"):
            for _ in self.counter.count(range(4), batch_size=4, samples=10):
                pass

    def test_a_loader_without_an_end(self):
        for batch in self.counter.count(iter(int, 1), batch_size=8):
            if self.counter.step == 50:
                break
        self.assertEqual(self.counter.coordinates(), {"step": 50, "samples": 400, "seconds": 0})

    def test_bad_sizes_are_refused_before_the_first_batch(self):
        for sizes in ({"batch_size": 0}, {"batch_size": "64"}, {"batch_size": 2.5}, {"batch_size": 4, "samples": 0}):
            with self.subTest(sizes=sizes), self.assertRaises(batchwright.ValueNotANumberError):
                self.counter.count([], **sizes)

    def test_samples_after_against_counting_one_by_one(self):
        for samples in (1, 7, 10, 64):
            for batch_size in (1, 3, 10, 100):
                used = 0
                for step in range(1, 40):
                    left = samples - used % samples
                    used += min(batch_size, left)
                    self.assertEqual(samples_after(step, batch_size, samples), used)
        self.assertEqual(samples_after(5, 8, None), 40)


class Seconds(unittest.TestCase):
    def setUp(self):
        self.time = Time()
        self.counter = Counter(Clock(self.time))

    def test_loading_and_training_count_evaluation_does_not(self):
        def loader():
            for batch in range(3):
                self.time.now += 1  # loading
                yield batch

        for _ in self.counter.count(loader(), batch_size=1):
            self.time.now += 10  # training
            with self.counter.evaluation():
                self.time.now += 100
        self.time.now += 1000  # after the pass
        self.assertEqual(self.counter.coordinates()["seconds"], 33)

    def test_an_evaluation_that_fails_starts_the_clock_again(self):
        for _ in self.counter.count(range(1), batch_size=1):
            with self.assertRaises(ZeroDivisionError), self.counter.evaluation():
                raise ZeroDivisionError
            self.assertTrue(self.counter.clock.running)

    def test_an_evaluation_between_passes_does_not_start_it(self):
        with self.counter.evaluation():
            pass
        self.assertFalse(self.counter.clock.running)

    def test_leaving_the_loop_stops_the_clock(self):
        for _ in self.counter.count(range(5), batch_size=1):
            break
        self.assertFalse(self.counter.clock.running)


class FilledIn(unittest.TestCase):
    def setUp(self):
        batchwright.reset()

    def tearDown(self):
        batchwright.reset()

    def test_report_fills_in_what_was_counted(self):
        with printed_rows() as rows:
            for _ in range(2):
                for _ in batchwright.count(range(3), batch_size=4, samples=10):
                    pass
                with batchwright.evaluation():
                    batchwright.report(val_loss=0.5)
        self.assertEqual([(row["step"], row["samples"], row["epoch"]) for row in rows], [(3, 10, 1.0), (6, 20, 2.0)])
        self.assertLessEqual(0, rows[0]["seconds"])
        self.assertLessEqual(rows[0]["seconds"], rows[1]["seconds"])

    def test_what_is_given_wins(self):
        with printed_rows() as rows:
            for _ in batchwright.count(range(3), batch_size=4):
                pass
            batchwright.report(step=1, seconds=2.5, val_loss=0.5)
        self.assertEqual(rows, [{"step": 1, "samples": 12, "seconds": 2.5, "val_loss": 0.5}])

    def test_nothing_is_filled_in_before_the_first_batch(self):
        with printed_rows() as rows:
            batchwright.report(val_loss=0.5)
        self.assertEqual(rows, [{"val_loss": 0.5}])


if __name__ == "__main__":
    unittest.main()
