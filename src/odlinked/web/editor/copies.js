// A query as a program asks it: texts to copy. Whatever the query holds, it stays the same text there.

export function curl(endpoint, query, type) {
  return `curl '${endpoint}' -H 'Accept: ${type}' \\\n  --data-urlencode 'query=${query.replaceAll("'", "'\\''")}'\n`;
}

export function python(endpoint, query, type) {
  const text = query.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return `import urllib.parse
import urllib.request

query = """${text}"""
data = urllib.parse.urlencode({"query": query}).encode()
request = urllib.request.Request("${endpoint}", data, {"Accept": "${type}"})
with urllib.request.urlopen(request) as answer:
    text = answer.read().decode("utf-8")
print(text)
`;
}

export function r(endpoint, query, type) {
  let dashes = "-";
  while (query.includes(`)${dashes}"`)) dashes += "-";
  const read = type === "text/csv" ? 'rows <- read.csv(text = httr::content(answer, "text", encoding = "UTF-8"))\nhead(rows)'
    : 'cat(httr::content(answer, "text", encoding = "UTF-8"))';
  return `query <- r"${dashes}(${query})${dashes}"
answer <- httr::POST("${endpoint}", body = list(query = query), encode = "form", httr::accept("${type}"))
httr::stop_for_status(answer)
${read}
`;
}

export const PROGRAMS = { curl, Python: python, R: r };
