//! The JSON schema of records, made from their types.

use schemars::Schema;
use schemars::generate::SchemaSettings;

use super::Line;

/// Name of the records' schema.
pub const SCHEMA: &str = "aliyarface-record";
/// Its version.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON schema (draft 2020-12) that every line of application/x-ndjson follows.
pub fn json_schema() -> Schema {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let mut schema = generator.into_root_schema_for::<Line>();
    schema.insert(
        "$id".to_owned(),
        format!("urn:{SCHEMA}:{SCHEMA_VERSION}").into(),
    );
    schema
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// With this variable set the test writes the file instead of comparing it.
    const WRITE: &str = "ALIYARFACE_WRITE_SCHEMA";

    #[test]
    fn the_schema_in_docs_is_the_one_of_the_types() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/aliyarface-record.schema.json");
        let schema = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
        if std::env::var_os(WRITE).is_some() {
            fs::write(&file, &schema).unwrap();
        }
        let written = fs::read_to_string(&file).unwrap();
        assert!(
            written == schema,
            "{} is not what the types of src/record say: run this test with {WRITE}=1",
            file.display()
        );
    }
}
