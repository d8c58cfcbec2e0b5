SELECT 'urn:oid:' || old_oid, 'urn:oid:' || new_oid, 機關名稱 FROM changes JOIN gds ON OID = old_oid WHERE old_oid <> new_oid
ORDER BY 1, 2
