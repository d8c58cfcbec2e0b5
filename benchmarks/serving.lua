-- Requests for wrk: arguments are a file of identifiers, a path in which @ stands for one of them, and the Accept header.
-- With an identifier instead of a file every request is the same.
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
  math.randomseed(7 + id)
end

function request()
  return wrk.format("GET", (path:gsub("@", ids[math.random(#ids)])))
end
