MATCH (c:ChangeSet {actor: $actor})
RETURN properties(c) AS head
ORDER BY c.seq DESC
LIMIT $limit
