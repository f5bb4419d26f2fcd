using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using PqdPortal.Data.Account;

namespace PqdPortal.Web.Features.Account;

/// <summary>
/// Treats a name that is nobody's as if it were somebody's: as many tries, the same wait, as much work for each. So nobody learns from
/// the sign-in who has an account.
/// </summary>
public sealed class UnknownNames(IOptions<IdentityOptions> identity, IOptions<PasswordHasherOptions> hashing, TimeProvider clock) : IDisposable
{
    // Bounded: whoever tries names by the thousand only makes older ones be forgotten.
    readonly MemoryCache _tries = new(new MemoryCacheOptions { SizeLimit = 20_000 });
    readonly Lock _lock = new();
    readonly PasswordHasher<PortalUser> _hasher = new(hashing);
    string? _hash;

    static readonly PortalUser Nobody = new() { Name = "" };

    /// <summary>A try with this name.</summary>
    /// <returns>When the name "opens again"; null while it is open.</returns>
    public DateTimeOffset? Try(string name, string password)
    {
        var now = clock.GetUtcNow();
        var key = name.Trim().ToUpperInvariant();
        lock (_lock)
        {
            var (count, until) = _tries.TryGetValue(key, out (int, DateTimeOffset?) found) ? found : (0, null);
            if (until > now) return until;
            count++;
            until = count >= identity.Value.Lockout.MaxFailedAccessAttempts ? now + identity.Value.Lockout.DefaultLockoutTimeSpan : null;
            _tries.Set(key, (until is null ? count : 0, until), new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromDays(1) });
            if (until is not null) return until;
        }
        _hasher.VerifyHashedPassword(Nobody, _hash ??= _hasher.HashPassword(Nobody, Guid.NewGuid().ToString()), password);
        return null;
    }

    public void Dispose() => _tries.Dispose();
}
