MATCH (n:<label>)
WHERE n.<field> IS NOT NULL
WITH n.<field> AS value, count(*) AS times
RETURN value, times
ORDER BY times DESC, value
LIMIT $limit
