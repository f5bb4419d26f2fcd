using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Account;

/// <summary>What the account pages read.</summary>
public sealed class AccountQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>The viewer's own account; null for nobody.</summary>
    public async Task<PortalUser?> Mine(CancellationToken stop = default)
    {
        if ((await me.Get()).PersonId is not { } id) return null;
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Users.AsNoTracking().SingleOrDefaultAsync(person => person.Id == id, stop);
    }

    /// <summary>The viewer's living tokens, newest first.</summary>
    public async Task<IReadOnlyList<AccessToken>> MyTokens(CancellationToken stop = default)
    {
        if ((await me.Get()).PersonId is not { } id) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.AccessTokens.AsNoTracking()
            .Where(token => token.PersonId == id && token.RevokedAt == null)
            .OrderByDescending(token => token.CreatedAt).ToListAsync(stop);
    }

    /// <summary>Everybody with an account, for the administrator; nobody for others.</summary>
    public async Task<IReadOnlyList<PersonRow>> People(CancellationToken stop = default)
    {
        if (!(await me.Get()).IsAdministrator) return [];
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Users
            .Where(person => person.RemovedAt == null)
            .OrderBy(person => person.Name)
            .Select(person => new PersonRow(person.Id, person.Name, person.UserName!, person.IsAdministrator, person.PasswordHash != null, person.CreatedAt, person.LastSeenAt))
            .ToListAsync(stop);
    }
}

/// <summary>One line of the list of people.</summary>
public sealed record PersonRow(Guid Id, string Name, string SignInName, bool IsAdministrator, bool HasPassword, DateTimeOffset CreatedAt, DateTimeOffset? LastSeenAt);
