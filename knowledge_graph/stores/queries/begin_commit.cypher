MATCH (w:Workspace {id: 'workspace'})
SET w.seq = w.seq + 1
RETURN w.seq AS seq, w.custom AS custom
