MERGE (w:Workspace {id: 'workspace'})
SET w.version = coalesce(w.version, 0), w.seq = coalesce(w.seq, 0), w.custom = coalesce(w.custom, '[]')
RETURN w.version AS version
