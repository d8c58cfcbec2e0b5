SELECT c.name, count(o.siteid) AS n FROM county c LEFT JOIN october o ON c.name = replace(o.county, '台', '臺')
GROUP BY c.name ORDER BY n, c.name
