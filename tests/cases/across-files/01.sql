SELECT c.code, avg(TRY_CAST(o.aqi AS DOUBLE)) - avg(TRY_CAST(j.aqi AS DOUBLE)) AS rise, count(*) FROM october o
JOIN june j USING (siteid) JOIN county c ON c.name = replace(o.county, '台', '臺')
WHERE TRY_CAST(o.aqi AS DOUBLE) IS NOT NULL AND TRY_CAST(j.aqi AS DOUBLE) IS NOT NULL
GROUP BY c.code ORDER BY rise DESC LIMIT 5
