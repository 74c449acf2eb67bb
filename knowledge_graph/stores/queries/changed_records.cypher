MATCH (n:<label>)
WHERE n.meta_touched >= $since
RETURN properties(n) AS properties
