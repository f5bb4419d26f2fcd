using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Data.Account;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Talk;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Analyses;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Access;
using PqdPortal.Web.Features.Account;
using PqdPortal.Web.Layout.People;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>Everybody who may stand before the portal.</summary>
public enum Who
{
    Anonymous, Stranger, Reader, Commenter, Editor, Manager, Administrator,

    /// <summary>May edit through a group, and is named in no project.</summary>
    GroupMember,

    /// <summary>Had the role manage; the grant has ended.</summary>
    Expired,

    /// <summary>Had the role manage; the account was removed. Still holds the old cookie and the old token.</summary>
    Removed,

    /// <summary>A manager whose token was revoked, and one whose token has run out.</summary>
    Revoked, RunOut,

    /// <summary>Managers whose token only reads, and whose token is good for another project alone.</summary>
    ReadsOnly, Elsewhere,

    /// <summary>Managers who are not signed in and hold the link that set their password, and one that waited too long.</summary>
    UsedLink, ExpiredLink,

    /// <summary>Has no account and holds a read-only link to the whole shared project. Below the link's address SharedPagesTests ask; anywhere else it is worth nothing.</summary>
    LinkViewer,

    /// <summary>Has no account and holds an invitation to manage the shared project, not yet used.</summary>
    Invited,
}

/// <summary>Where a record lies, seen from who asks.</summary>
public enum Place
{
    /// <summary>In a project in which everybody has the role that they are called by.</summary>
    Shared,

    /// <summary>In a project of somebody else's.</summary>
    Foreign,

    /// <summary>In the shared project, put into the bin.</summary>
    Binned,

    /// <summary>Alive, in a project that was put into the bin, with the same grants as the shared one.</summary>
    InBinnedProject,

    /// <summary>Nowhere: an id that nobody ever gave.</summary>
    Nowhere,

    /// <summary>Not even an id.</summary>
    Malformed,
}

/// <summary>One of each record at one place. Every text of them holds <see cref="Mark"/>.</summary>
public sealed record Things(
    Project Project, Batch Batch, Sample Sample, Emitter Dot, Run Run, RunFile File, AnalysisRecord Analysis, Job Job, Run Lone, PortalUser Extra, Grant ExtraGrant)
{
    /// <summary>Open to whoever may use them; nobody of the matrix holds one, and nobody of it is in the group.</summary>
    public Invitation Invitation { get; init; } = null!;
    public ShareLink Link { get; init; } = null!;
    public Group Group { get; init; } = null!;

    /// <summary>In that group alone.</summary>
    public PortalUser Other { get; init; } = null!;

    public Template Template { get; init; } = null!;
    public Comment Comment { get; init; } = null!;

    /// <summary>Hangs on the run.</summary>
    public PqdPortal.Data.Attachments.Attachment Photo { get; init; } = null!;

    /// <summary>Stands in every name, so that a page that shows any of it gives itself away.</summary>
    public const string Mark = "Zaubernuss";
}

/// <summary>A portal with the same records at every place, and everybody before its door with a cookie and with a token.</summary>
public sealed class MatrixFixture : PortalFixture
{
    readonly Dictionary<Who, PortalUser> _people = [];
    readonly Dictionary<Who, string> _tokens = [];
    readonly Dictionary<Who, string> _cookies = [];
    readonly Dictionary<Who, string> _links = [];
    readonly Dictionary<Place, Things> _things = [];
    readonly Group _group = new() { Name = "matrix group" };
    readonly Project _elsewhere = new() { Code = "ELSE", Name = "elsewhere" };
    string _shared = "", _sharedCookie = "", _invitation = "";
    PortalUser _extra = null!, _other = null!;
    string _report = "";
    int _number;

    public IReadOnlyDictionary<Place, Things> Things => _things;

    /// <summary>The group of the member who is in it.</summary>
    public Guid Group => _group.Id;
    public PortalUser? Person(Who who) => _people.GetValueOrDefault(who);

    /// <summary>The role that the grants of the shared project give at this moment.</summary>
    public static AccessRole Role(Who who) => who switch
    {
        Who.Reader => AccessRole.Read,
        Who.Commenter => AccessRole.Comment,
        Who.Editor or Who.GroupMember => AccessRole.Edit,
        Who.Manager or Who.Administrator or Who.Revoked or Who.RunOut or Who.ReadsOnly or Who.Elsewhere => AccessRole.Manage,
        // Theirs by their account, which the link does not open.
        _ => AccessRole.None,
    };

    /// <summary>Whether this door lets them in at all.</summary>
    public static bool IsSignedIn(Who who, bool byToken) => who switch
    {
        Who.Anonymous or Who.Removed or Who.UsedLink or Who.ExpiredLink or Who.LinkViewer or Who.Invited => false,
        Who.Revoked or Who.RunOut => !byToken,
        _ => true,
    };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        foreach (var who in Enum.GetValues<Who>().Where(who => who is not (Who.Anonymous or Who.LinkViewer or Who.Invited)))
            _people[who] = await Person(who.ToString(), administrator: who == Who.Administrator);
        (_links[Who.UsedLink], _links[Who.ExpiredLink]) = (await UsedLink(), await ExpiredLink());

        var report = await Services.GetRequiredService<IFileStore>().Save(new MemoryStream(ReportJson.Bytes(SimulatedReports.G2, "PqdPortal test")));
        await using (var db = CreateDbContext())
        {
            db.Add(new StoredFile { Sha256 = report.Sha256, Length = report.Length });
            db.AddRange(_elsewhere, new Grant { Project = _elsewhere, PersonId = _people[Who.Elsewhere].Id, Role = AccessRole.Manage });
            db.AddRange(_group, new Membership { Group = _group, PersonId = _people[Who.GroupMember].Id });
            await db.SaveChangesAsync();
        }
        _report = report.Sha256;
        (_extra, _other) = (await Person("Extra"), await Person("Other"));
        foreach (var place in (Place[])[Place.Shared, Place.Foreign, Place.Binned, Place.InBinnedProject])
            _things[place] = await Make($"M{++_number}", report.Sha256, place);

        foreach (var who in _people.Keys.Except(_links.Keys)) (_cookies[who], _tokens[who]) = (await Cookie(_people[who]), await Token(who));
        await using (var page = As(_people[Who.Manager]))
        {
            var project = _things[Place.Shared].Project.Id;
            _shared = await Link(LinkedKind.Project, project);
            (_sharedCookie, _invitation) = ((await Browse(_shared)).Cookies, (await page.ServiceProvider.GetRequiredService<InvitationCommands>()
                .Invite(project, [new() { For = "Kim", Role = AccessRole.Manage }], new())).Made.Single().Code);
        }
        await using (var db = CreateDbContext())
        {
            // Last, as in life: the cookie and the token are older than the removal.
            var removed = (await db.Users.FindAsync(_people[Who.Removed].Id))!;
            (removed.RemovedAt, removed.SecurityStamp) = (DateTimeOffset.UtcNow, Guid.NewGuid().ToString());
            await db.SaveChangesAsync();
        }
    }

    /// <summary>The secret of a new read-only link, made by the manager.</summary>
    public async Task<string> Link(LinkedKind kind, Guid record, NewLink? chosen = null, Who by = Who.Manager)
    {
        await using var page = As(_people[by]);
        var (token, trouble, _) = await page.ServiceProvider.GetRequiredService<LinkCommands>().Make(kind, record, chosen ?? new() { Name = "somebody" });
        return token ?? throw new InvalidOperationException(trouble);
    }

    /// <summary>A browser that has opened the link once.</summary>
    public async Task<Visitor> Browse(string token)
    {
        var visitor = Visitor($"http://localhost/share/{token}");
        await visitor.Get($"/share/{token}");
        return visitor;
    }

    /// <summary>Another project like the shared one, to be changed by one test alone.</summary>
    public Task<Things> Fresh() => Make($"F{Interlocked.Increment(ref _number)}", _report, Place.Shared);

    async Task<Things> Make(string code, string report, Place place)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes($"{Access.Things.Mark} {code}");
        var stored = await Services.GetRequiredService<IFileStore>().Save(new MemoryStream(bytes));
        string Named(string what) => $"{Access.Things.Mark} {what} {code}";

        await using var db = CreateDbContext();
        var project = new Project { Code = code, Name = Named("project"), NextBatch = 2, Description = Named("about") };
        var batch = new Batch { Project = project, Code = $"{code}-0001", Name = Named("batch"), Formula = "CsPbBr3", Notes = Named("notes") };
        var sample = new Sample { Project = project, Batch = batch, Code = $"{code}-0001-S1", Name = Named("sample") };
        var dot = new Emitter { Project = project, Sample = sample, Code = $"{code}-0001-S1-D001", Label = "D001", Notes = Named("dot") };
        var run = new Run { Project = project, Sample = sample, Emitter = dot, Name = Named("run"), Reading = ReadingState.Read };
        var file = new RunFile { Run = run, Sha256 = stored.Sha256, Name = Named("file") + ".ptu" };
        var analysis = new AnalysisRecord
        {
            Project = project, Run = run, Kind = "g2.cw", KindVersion = 1, Parameters = "{}", Inputs = "{}", Fingerprint = code, Message = Named("message"),
            State = AnalysisState.Done, ReportSha256 = report, RequestedAt = DateTimeOffset.UtcNow,
        };
        var job = new Job { Project = project, Run = run, Analysis = analysis, Kind = JobKind.RunAnalysis, Title = Named("job"), State = JobState.Queued, QueuedAt = DateTimeOffset.UtcNow };
        var template = new Template { Project = project, Name = Named("template"), Notes = Named("about the template"), Extras = [new("depth", RecordKind.Batch, Named("field"), ExtraType.Number, "nm")] };
        var lone = new Run { Project = project, Name = Named("homeless run"), Reading = ReadingState.Read };
        db.Add(new StoredFile { Sha256 = stored.Sha256, Length = stored.Length });
        db.AddRange(project, batch, sample, dot, run, file, analysis, job, lone, template);
        var owner = place == Place.Foreign ? null : _people;
        foreach (var (who, person) in owner ?? [])
        {
            var role = who is Who.Expired or Who.Removed || _links.ContainsKey(who) ? AccessRole.Manage : who == Who.Administrator ? AccessRole.None : Role(who);
            if (role == AccessRole.None || who == Who.GroupMember) continue;
            db.Add(new Grant { Project = project, PersonId = person.Id, Role = role, ExpiresAt = who == Who.Expired ? DateTimeOffset.UtcNow.AddMinutes(-1) : null });
        }
        if (place != Place.Foreign) db.Add(new Grant { Project = project, GroupId = _group.Id, Role = Role(Who.GroupMember) });
        var gone = DateTimeOffset.UtcNow;
        if (place == Place.InBinnedProject) project.DeletedAt = gone;
        if (place == Place.Binned)
            (batch.DeletedAt, sample.DeletedAt, dot.DeletedAt, run.DeletedAt, analysis.DeletedAt, job.DeletedAt, lone.DeletedAt, template.DeletedAt) = (gone, gone, gone, gone, gone, gone, gone, gone);
        var extra = _extra;
        var extraGrant = new Grant { Project = project, PersonId = extra.Id, Role = AccessRole.Comment };
        db.Add(extraGrant);
        // Open to whoever may: made by the administrator, for nobody in the matrix.
        var invitation = new Invitation { Project = project, Role = AccessRole.Read, Hash = $"{Guid.NewGuid():N}", ExpiresAt = DateTimeOffset.UtcNow.AddDays(1), CreatedById = _people[Who.Administrator].Id };
        var link = new ShareLink { Project = project, Kind = LinkedKind.Batch, RecordId = batch.Id, Name = Named("link"), Hash = $"{Guid.NewGuid():N}" };
        // A group of which nobody in the matrix is a member.
        var group = new Group { Name = $"group of {code}" };
        db.AddRange(invitation, link, group, new Membership { Group = group, PersonId = _other.Id });
        // Everybody was told of the comment, whatever they may see now.
        var comment = new Comment { Project = project, Of = TalkKind.Batch, RecordId = batch.Id, Text = Named("comment"), CreatedById = extra.Id };
        db.Add(comment);
        var photo = new PqdPortal.Data.Attachments.Attachment { RunId = run.Id, Sha256 = stored.Sha256, Name = Named("photo") + ".png", Picture = "image/png", Caption = Named("caption"), Place = 1 };
        db.Add(photo);
        foreach (var person in _people.Values)
            db.Add(new Notice { PersonId = person.Id, Project = project, Of = TalkKind.Batch, RecordId = batch.Id, Kind = NoticeKind.Comment, SourceId = comment.Id, ById = extra.Id, At = DateTimeOffset.UtcNow, InBell = true });
        await db.SaveChangesAsync();
        // Of the roles that were given here nobody was told: a project whose records lie in the bin is alive itself.
        await db.Notices.Where(notice => notice.Kind == NoticeKind.Role).ExecuteDeleteAsync();
        return new(project, batch, sample, dot, run, file, analysis, job, lone, extra, extraGrant) { Template = template, Comment = comment, Photo = photo, Invitation = invitation, Link = link, Group = group, Other = _other };
    }

    /// <summary>A sign-in cookie as the portal itself writes it.</summary>
    async Task<string> Cookie(PortalUser person)
    {
        await using var scope = Services.CreateAsyncScope();
        var options = scope.ServiceProvider.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(IdentityConstants.ApplicationScheme);
        var identity = await scope.ServiceProvider.GetRequiredService<IUserClaimsPrincipalFactory<PortalUser>>().CreateAsync(person);
        var session = await scope.ServiceProvider.GetRequiredService<Sessions>().Begin(person.Id, new Microsoft.AspNetCore.Http.DefaultHttpContext(), stay: true);
        ((ClaimsIdentity)identity.Identity!).AddClaim(new(PersonClaims.Session, session.Id.ToString()));
        // Written a while ago, so that the portal looks again whether it still holds.
        var ticket = new AuthenticationTicket(identity, new() { IssuedUtc = DateTimeOffset.UtcNow.AddMinutes(-10), ExpiresUtc = DateTimeOffset.UtcNow.AddDays(1) }, IdentityConstants.ApplicationScheme);
        return $"{options.Cookie.Name}={options.TicketDataFormat.Protect(ticket)}";
    }

    async Task<string> Token(Who who)
    {
        var token = $"pqd_{Guid.NewGuid():N}";
        await using var db = CreateDbContext();
        db.Add(new AccessToken
        {
            PersonId = _people[who].Id, Name = "matrix", Scope = who == Who.ReadsOnly ? TokenScope.Read : TokenScope.Write, ProjectId = who == Who.Elsewhere ? _elsewhere.Id : null, Hash = TokenAuthentication.Hash(token), LastUsedAt = DateTimeOffset.UtcNow.AddHours(1),
            RevokedAt = who == Who.Revoked ? DateTimeOffset.UtcNow : null, ExpiresAt = who == Who.RunOut ? DateTimeOffset.UtcNow.AddMinutes(-1) : null,
        });
        await db.SaveChangesAsync();
        return token;
    }

    /// <summary>What stands in the address of somebody's link for a password, after the question mark.</summary>
    public string LinkOf(Who who) => _links[who];

    /// <summary>What a new link would have there.</summary>
    public async Task<string> GoodLink(Who who)
    {
        var (person, code) = await Link(who, TimeSpan.Zero);
        return Query(person, code);
    }

    /// <summary>A browser that this person is signed in with.</summary>
    public Visitor Visitor(Who who)
    {
        var visitor = Visitor();
        visitor.Take(_cookies[who]);
        return visitor;
    }

    async Task<string> UsedLink()
    {
        var (person, code) = await Link(Who.UsedLink, TimeSpan.Zero);
        await using var scope = Services.CreateAsyncScope();
        var people = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        Assert.True((await people.ResetPasswordAsync((await people.FindByIdAsync(person.ToString()))!, code, Password)).Succeeded);
        return Query(person, code);
    }

    async Task<string> ExpiredLink()
    {
        var (person, code) = await Link(Who.ExpiredLink, AccountFeature.LinkLife + TimeSpan.FromMinutes(1));
        return Query(person, code);
    }

    static string Query(Guid person, string code) => new Uri(SetPassword.Link("http://localhost", person, code)).Query[1..];

    /// <summary>A link as the portal makes it, so long ago.</summary>
    async Task<(Guid Person, string Code)> Link(Who who, TimeSpan ago)
    {
        await using var scope = Services.CreateAsyncScope();
        var person = (await scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>().FindByIdAsync(_people[who].Id.ToString()))!;
        var code = await scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>().GeneratePasswordResetTokenAsync(person);
        return (person.Id, ago == TimeSpan.Zero ? code : Earlier(code, ago));
    }

    /// <summary>The same code, made earlier: it begins with its moment, before it is sealed.</summary>
    string Earlier(string code, TimeSpan ago)
    {
        var seal = Services.GetRequiredService<IDataProtectionProvider>().CreateProtector(new DataProtectionTokenProviderOptions().Name);
        var open = seal.Unprotect(Convert.FromBase64String(code));
        var made = new DateTimeOffset(BitConverter.ToInt64(open), TimeSpan.Zero);
        Assert.InRange(made, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
        BitConverter.TryWriteBytes(open, (made - ago).UtcTicks);
        return Convert.ToBase64String(seal.Protect(open));
    }

    /// <summary>Signs a request as this person would send it.</summary>
    public HttpRequestMessage Signed(HttpRequestMessage request, Who who, bool byToken)
    {
        if (who == Who.Anonymous) return request;
        if (who is Who.LinkViewer or Who.Invited)
        {
            // All they have, wherever something might read it.
            var (secret, cookie) = who == Who.LinkViewer ? (_shared, _sharedCookie) : (_invitation, "");
            var asked = request.RequestUri!.OriginalString;
            request.RequestUri = new($"{asked}{(asked.Contains('?') ? '&' : '?')}Token={secret}&code={secret}", UriKind.Relative);
            if (byToken) request.Headers.Authorization = new("Bearer", secret);
            else if (cookie.Length > 0) request.Headers.Add("Cookie", cookie);
            return request;
        }
        if (_links.TryGetValue(who, out var link))
        {
            // The link's words at every address: none but its own page reads them.
            var address = request.RequestUri!.OriginalString;
            request.RequestUri = new(address + (address.Contains('?') ? '&' : '?') + link, UriKind.Relative);
            return request;
        }
        if (byToken) request.Headers.Authorization = new("Bearer", _tokens[who]);
        else
        {
            request.Headers.Add("Cookie", _cookies[who]);
            // As a browser says of what a page of the portal itself asks for.
            request.Headers.Add("Sec-Fetch-Site", "same-origin");
        }
        return request;
    }

    /// <summary>A scope in which this person acts as through an open page.</summary>
    public AsyncServiceScope PageOf(Who who)
    {
        if (!_links.ContainsKey(who) && _people.GetValueOrDefault(who) is { } person) return As(person);
        var scope = Services.CreateAsyncScope();
        ((Microsoft.AspNetCore.Components.Authorization.IHostEnvironmentAuthenticationStateProvider)scope.ServiceProvider
            .GetRequiredService<Microsoft.AspNetCore.Components.Authorization.AuthenticationStateProvider>())
            .SetAuthenticationState(Task.FromResult(new Microsoft.AspNetCore.Components.Authorization.AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity()))));
        return scope;
    }

    /// <summary>Everything that is stored, as one hash; without the moments and counts that every visit leaves.</summary>
    public async Task<string> Stored()
    {
        await using var db = CreateDbContext();
        await using var connection = new Npgsql.NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        string[] tables = [.. db.Model.GetEntityTypes().Select(type => Microsoft.EntityFrameworkCore.RelationalEntityTypeExtensions.GetTableName(type)!)
            .Where(table => !table.Contains("Session")).Distinct().Order()];
        var sql = string.Join(" UNION ALL ", tables.Select(table =>
            $"SELECT '{table} ' || count(*) || ' ' || coalesce(md5(string_agg((to_jsonb(t) - 'LastSeenAt' - 'LastUsedAt' - 'Visits')::text, '' ORDER BY (to_jsonb(t) - 'LastSeenAt' - 'LastUsedAt' - 'Visits')::text)), '') FROM \"{table}\" t"));
        await using var ask = new Npgsql.NpgsqlCommand(sql, connection);
        await using var rows = await ask.ExecuteReaderAsync();
        List<string> said = [];
        while (await rows.ReadAsync()) said.Add(rows.GetString(0));
        return string.Join("\n", said);
    }
}
