//! Small histories of siblings, numbers and sets with known verdicts, and the sentences that go with them.
