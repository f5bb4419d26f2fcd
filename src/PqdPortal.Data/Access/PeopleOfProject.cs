using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Access;

/// <summary>The rule of access seen from the other side: whom a project is there for.</summary>
public static class PeopleOfProject
{
    /// <summary>Everybody who reads the project's records at a moment: by name, through a group, or because they look after the portal.</summary>
    /// <param name="least">The role they have at least.</param>
    public static IQueryable<PortalUser> PeopleWhoSee(this PortalDb db, Guid project, DateTimeOffset now, AccessRole least = AccessRole.Read)
    {
        var reaching = db.Grants.Where(grant => grant.ProjectId == project && grant.Role >= least && (grant.ExpiresAt == null || grant.ExpiresAt > now));
        return db.Users.Where(person => person.RemovedAt == null
            && (person.IsAdministrator || reaching.Any(grant => grant.PersonId == person.Id || grant.Group!.Members.Any(member => member.PersonId == person.Id))));
    }
}
