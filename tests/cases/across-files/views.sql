-- The files as they are; SHARED is the folder beside the checkout.
CREATE VIEW october AS SELECT * FROM read_csv('SHARED/moenv/aqx_p_432_2024-10.csv', all_varchar=true, header=true, delim=',');
CREATE VIEW june AS SELECT * FROM read_csv('SHARED/moenv/aqx_p_432_2024-06.csv', all_varchar=true, header=true, delim=',');
CREATE VIEW county AS SELECT * FROM read_csv('SHARED/codes/county_codes.csv', all_varchar=true, header=true, delim=',');
CREATE VIEW gds AS SELECT * FROM read_csv('SHARED/orgs/oid_GDS_2018-01-28.csv', all_varchar=true, header=true, delim=',');
CREATE VIEW changes AS SELECT * FROM read_csv('SHARED/orgs/oid_changes.csv', all_varchar=true, header=true, delim=',');
CREATE VIEW central AS SELECT * FROM read_csv('SHARED/orgs/central_agencies_oid_2026-07.csv', all_varchar=true, header=true, delim=',');
CREATE VIEW use AS SELECT * FROM read_csv('SHARED/catalog/datagovtw_views_downloads_2018-07.csv', all_varchar=true, header=true, delim=',');
CREATE VIEW moenv AS SELECT * FROM read_csv('SHARED/moenv/moenv_datasets_2026-03.csv', all_varchar=true, header=true, delim=',');
CREATE VIEW api AS SELECT * FROM read_csv('SHARED/moenv/moenv_api_catalog_2025.csv', all_varchar=true, header=true, delim=',');
CREATE VIEW power AS SELECT * FROM read_csv('SHARED/moea/taipower_genary_2024-09-04_2350.tsv', all_varchar=true, header=true, delim='\t');
CREATE VIEW code AS SELECT * FROM read_csv('SHARED/orgs/orgcode_2013.csv', all_varchar=true, header=false,
  columns={'code': 'VARCHAR', 'name': 'VARCHAR'});
CREATE VIEW joined AS SELECT * FROM read_json('SHARED/orgs/oid_with_orgcode_2013.json');
CREATE VIEW load AS SELECT unnest(records, recursive := true) FROM read_json('SHARED/moea/taipower_loadpara_2024.json');
CREATE VIEW reshaped AS SELECT unnest(stations, recursive := true) FROM read_json('SHARED/moenv/aqi_reshaped_2026-08-22.json');
