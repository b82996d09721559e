-- Sends the orders of a file, one "key<TAB>body" per line, each once (and from the start again
-- when the file is used up, which the side that stores them must never need).
local requests = {}
local number = 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local key, body = line:match("^([^\t]+)\t(.*)$")
    requests[#requests + 1] = wrk.format("POST", "/v1/orders", {
      ["Content-Type"] = "application/json",
      ["Idempotency-Key"] = key,
    }, body)
  end
end

function request()
  number = number % #requests + 1
  return requests[number]
end
