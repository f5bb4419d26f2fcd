using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;

namespace PqdPortal.Web.Access;

/// <summary>Which of the viewer's tokens end soon, so that no program at a set-up stops in the night.</summary>
public sealed class TokenEnds(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>How long before its end a token is spoken of.</summary>
    public static readonly TimeSpan Before = TimeSpan.FromDays(14);

    /// <summary>Tokens in use, that is used within the last month, that end within two weeks; the first to end first.</summary>
    public async Task<IReadOnlyList<(string Name, DateTimeOffset At)>> Soon(CancellationToken stop = default)
    {
        if ((await me.Get(stop)).PersonId is not { } id) return [];
        var now = clock.GetUtcNow();
        var (soon, lately) = (now + Before, now.AddDays(-30));
        await using var db = await database.CreateDbContextAsync(stop);
        var ending = await db.AccessTokens
            .Where(token => token.PersonId == id && token.RevokedAt == null && token.ExpiresAt > now && token.ExpiresAt < soon && token.LastUsedAt > lately)
            // One that was made for a few days is meant to end.
            .Where(token => token.ExpiresAt - token.CreatedAt > Before)
            .OrderBy(token => token.ExpiresAt).Select(token => new { token.Name, token.ExpiresAt }).ToListAsync(stop);
        return [.. ending.Select(token => (token.Name, token.ExpiresAt!.Value))];
    }
}
