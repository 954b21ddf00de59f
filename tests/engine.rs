//! The engine against a model that is too simple to be wrong, and the promises that such a model cannot show.
//!
//! `naive` is the model: rows by id, relations found by looking at all rows. `schemas` and `programs` make up what is
//! tried, `pair` tries it on both, and `compare` reads everything there is to read after each step. `memory`, `rows`,
//! `changes`, `keys`, `matrix`, `rank`, `sets` and `asked` test single promises, among them what the model once found, each as small
//! as it goes.

#[cfg(test)]
mod engine {
    mod asked;
    mod changes;
    mod compare;
    mod declare;
    mod keys;
    mod matrix;
    mod memory;
    mod naive;
    mod pair;
    mod programs;
    mod rank;
    mod rows;
    mod schemas;
    mod sets;
    mod twitter;

    use std::fmt;

    use proptest::prelude::*;

    use pair::Pair;

    /// Prints an item a line.
    #[derive(Clone)]
    struct Lines<T>(Vec<T>);

    impl<T: fmt::Debug> fmt::Debug for Lines<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.iter().try_for_each(|item| write!(f, "\n    {item:?}"))
        }
    }

    /// Few enough for every day; `PROPTEST_CASES` asks for more.
    fn config() -> ProptestConfig {
        let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
        let config = ProptestConfig::with_cases(asked.unwrap_or(640));
        ProptestConfig { failure_persistence: None, max_shrink_iters: 4096, ..config }
    }

    proptest! {
        #![proptest_config(config())]

        /// Whatever is declared and whatever is done: the store refuses what the model refuses, for the same reason and
        /// changing nothing; it holds what the model holds, whichever way it is read; what it tells on a commit leads
        /// from before to after; and `check` agrees.
        #[test]
        fn the_store_does_what_the_model_does(schema in schemas::schema(), program in programs::program()) {
            let mut pair = Pair::new(schema.0);
            for step in &program.0 {
                pair.run(step);
                pair.compare();
            }
            pair.finish();
        }
    }
}
