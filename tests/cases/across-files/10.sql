SELECT topic_tag, count(DISTINCT dataset_title) AS n FROM api WHERE dataset_title IN (SELECT 資料集名稱 FROM moenv)
 GROUP BY topic_tag ORDER BY n DESC, topic_tag
