MATCH (c:ChangeSet)
RETURN properties(c) AS head
ORDER BY c.seq DESC
LIMIT $limit
