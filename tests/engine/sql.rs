//! Fingerprints of SQL statements.

use proptest::prelude::*;
use tracerank::normalise::{Dialect, sql};
use tracerank_testing::sql::{fingerprint, statements};

fn same(statement: &[u8], dialect: Dialect) -> Result<(), TestCaseError> {
    let mut out = b"before, ".to_vec();
    sql(statement, dialect, &mut out);
    let expected = [b"before, ".to_vec(), fingerprint(statement, dialect)].concat();
    prop_assert_eq!(
        out.escape_ascii().to_string(),
        expected.escape_ascii().to_string(),
        "of {} ({:?})",
        statement.escape_ascii(),
        dialect
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn fingerprints_are_those_of_the_twin(statement in statements()) {
        same(&statement, Dialect::Standard)?;
        same(&statement, Dialect::MySql)?;
    }

    #[test]
    fn any_bytes_have_the_fingerprint_of_the_twin(statement in prop::collection::vec(any::<u8>(), 0..80)) {
        same(&statement, Dialect::Standard)?;
        same(&statement, Dialect::MySql)?;
    }
}

#[test]
fn tokens_are_read_at_each_place_of_a_block() {
    for len in 0..40 {
        let name = "X".repeat(len);
        let text = format!("{name}  'a'{name} 12 {name}, --c\n{name} /*d*/ 0.5{name} E'e\\''{name} (1, 2)");
        for cut in 0..text.len() {
            same(&text.as_bytes()[..cut], Dialect::Standard).unwrap();
            same(&text.as_bytes()[..cut], Dialect::MySql).unwrap();
        }
    }
}
