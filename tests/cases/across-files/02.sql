SELECT o.sitename, CAST(j."pm2.5" AS DOUBLE), CAST(o."pm2.5" AS DOUBLE), abs(CAST(o."pm2.5" AS DOUBLE) - CAST(j."pm2.5" AS DOUBLE)) AS d
FROM october o JOIN june j USING (siteid) WHERE TRY_CAST(o."pm2.5" AS DOUBLE) IS NOT NULL
AND TRY_CAST(j."pm2.5" AS DOUBLE) IS NOT NULL ORDER BY d DESC, o.sitename LIMIT 5
