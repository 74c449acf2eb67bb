MATCH (w:Workspace {id: 'workspace'})
RETURN w.seq AS seq, w.custom AS custom
