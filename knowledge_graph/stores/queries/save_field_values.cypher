UNWIND $rows AS row
MERGE (v:FieldValues {id: row.field})
SET v.values = row.values
