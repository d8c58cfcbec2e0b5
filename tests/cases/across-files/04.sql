SELECT sitename FROM october WHERE sitename NOT IN (SELECT site FROM reshaped) ORDER BY sitename
