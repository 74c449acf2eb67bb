UNWIND $fields AS field
MATCH (v:FieldValues {id: field})
RETURN v.id AS field, v.values AS values
