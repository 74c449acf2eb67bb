MATCH (v:FieldValues)
RETURN v.id AS field, v.values AS values
