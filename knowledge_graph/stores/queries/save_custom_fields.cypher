MATCH (w:Workspace {id: 'workspace'})
SET w.custom = $custom
