SELECT 資料集名稱, max(CAST(replace(下載次數, ',', '') AS BIGINT)) AS n FROM use WHERE 資料集名稱 IN (SELECT 資料集名稱 FROM moenv)
GROUP BY 資料集名稱 ORDER BY n DESC, 資料集名稱 LIMIT 5
