MATCH (n:<label>)
WHERE n.<field> IS NOT NULL
UNWIND n.<field> AS value
WITH value, count(*) AS times
RETURN value, times
ORDER BY times DESC, value
LIMIT $limit
