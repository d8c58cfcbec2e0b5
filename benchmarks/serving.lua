-- Requests for wrk: arguments are a file of identifiers, a path in which @ stands for one of them, the Accept header, and where in
-- the file to begin (0 to 1). Identifiers are taken in an order by chance, each once until all have been. With an identifier
-- instead of a file every request is the same.
local counter = 0
function setup(thread)
  thread:set("id", counter)
  counter = counter + 1
end

function init(args)
  ids, path = {}, args[2]
  wrk.headers["Accept"] = args[3]
  local file = io.open(args[1])
  if file then
    for line in file:lines() do ids[#ids + 1] = line end
    file:close()
  else
    ids[1] = args[1]
  end
  math.randomseed(7)
  for i = #ids, 2, -1 do
    local j = math.random(i)
    ids[i], ids[j] = ids[j], ids[i]
  end
  -- Two threads walk through halves of their own.
  place = math.floor((tonumber(args[4]) + id) / 2 * #ids)
end

function request()
  place = place + 1
  return wrk.format("GET", (path:gsub("@", ids[(place - 1) % #ids + 1])))
end
