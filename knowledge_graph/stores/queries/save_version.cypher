MATCH (w:Workspace {id: 'workspace'})
SET w.version = $version
