MATCH (n:<label>)
WHERE n.meta_updated_at >= $since
RETURN properties(n) AS properties
