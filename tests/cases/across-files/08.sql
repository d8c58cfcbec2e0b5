SELECT count(DISTINCT g.OID) FROM joined b JOIN code c ON c.code = b.機關代號 JOIN gds g ON g.OID = b.機關OID
WHERE trim(c.name) <> trim(g.機關名稱)
