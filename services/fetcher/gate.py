"""One gate per host in Redis: however many fetchers run, a host sees one of them at a time, well apart.

Every decision is one Lua script on the server and by the server's clock, so that fetchers on machines whose clocks
differ still form one line. A key outlives its meaning by a second and then goes away by itself; losing them all
costs a host one request that comes too early.
"""

from redis.asyncio import Redis

from services.contracts import GATE_KEY

MAX_HOLD_S = 86_400.0
"""Nothing shuts a gate for longer than a day, whatever a Retry-After says."""

_READ = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local value = redis.call('GET', KEYS[1]) or ''
local moment, said = string.match(value, '^(%d+) (%d+)$')
local free, said = tonumber(moment or value) or 0, tonumber(said or '0')
if said > now then free = now + free - said end
"""
# What was said at a moment that is yet to come was said before the server's clock was set back: its distance counts.

_TURN = (
    _READ
    + """
local longest = now + tonumber(ARGV[3])
if free > longest then free = longest end
local wait = math.max(0, free - now)
if wait > tonumber(ARGV[2]) then return -wait end
local after = now + wait + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f %.0f', after, now), 'PX', string.format('%.0f', after - now + 1000))
return wait
"""
)

_HOLD = (
    _READ
    + """
free = math.max(free, now + tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.0f %.0f', free, now), 'PX', string.format('%.0f', free - now + 1000))
return free - now
"""
)


class Gate:
    """`spacing_s` is the least time between two requests to a host, unless `turn` is told otherwise."""

    def __init__(self, redis: Redis, spacing_s: float) -> None:
        self._spacing_s = spacing_s
        self._turn = redis.register_script(_TURN)
        self._hold = redis.register_script(_HOLD)

    async def turn(self, host: str, spacing_s: float | None = None, patience_s: float = 5.0) -> float:
        """Take the next turn at `host`: the seconds to wait before asking it, 0.0 for now.

        A negative answer means that the turn is further away than `patience_s`, as many seconds as it says, and that
        nothing was reserved. A crawl delay goes in as `spacing_s`. Raises redis.exceptions.RedisError.
        """
        spacing = self._spacing_s if spacing_s is None else max(spacing_s, self._spacing_s)
        arguments = [_milliseconds(seconds) for seconds in (spacing, patience_s, MAX_HOLD_S)]
        wait = await self._turn(keys=[GATE_KEY.format(host=host)], args=arguments)
        return int(wait) / 1000

    async def hold(self, host: str, seconds: float) -> None:
        """Nobody asks `host` for so long (a day at most); never shortens what is already there."""
        await self._hold(keys=[GATE_KEY.format(host=host)], args=[_milliseconds(min(seconds, MAX_HOLD_S))])


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
