CREATE (c:ChangeSet)
SET c = $head
