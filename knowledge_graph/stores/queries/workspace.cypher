MATCH (w:Workspace {id: 'workspace'})
RETURN w.custom AS custom, w.version AS version
