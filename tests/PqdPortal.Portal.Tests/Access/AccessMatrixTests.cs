using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using PqdPortal.Client;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Uploads;
using PqdPortal.Portal.Tests.Web;
using PqdPortal.Web.Access;

namespace PqdPortal.Portal.Tests.Access;

/// <summary>
/// Every route of the running portal against everybody, at every place a record can lie. What one may not see is answered word for
/// word like an id that nobody ever gave; what one may see and not change is refused with 403 and changes nothing.
/// </summary>
public sealed partial class AccessMatrixTests(MatrixFixture portal) : IClassFixture<MatrixFixture>
{
    /// <summary>The addresses of one record of each kind.</summary>
    sealed record Ids(string Project, string Code, string Batch, string Sample, string Dot, string Run, string File, string Analysis)
    {
        public string Template { get; init; } = "";
        public string Comment { get; init; } = "";
        public string Photo { get; init; } = "";

        /// <summary>A role, an invitation and a link of the project.</summary>
        public string Member { get; init; } = "";
        public string Invitation { get; init; } = "";
        public string Link { get; init; } = "";

        public IEnumerable<string> All => [Project, Batch, Sample, Dot, Run, File, Analysis, Template, Comment, Photo, Member, Invitation, Link, Code];
    }

    /// <summary>What a route asks of who comes.</summary>
    /// <param name="Address">Of one record; null where the route names none.</param>
    /// <param name="Least">The role that the route needs.</param>
    /// <param name="Body">What is sent; null for nothing.</param>
    sealed record Rule(Func<Ids, string>? Address = null, AccessRole Least = AccessRole.Read, Func<Ids, HttpContent>? Body = null, Action<HttpRequestMessage, Ids>? With = null)
    {
        /// <summary>Open to everybody: tells nothing of anybody.</summary>
        public bool IsOpen { get; init; }

        /// <summary>A page: shows what is in the bin to who may take it out again.</summary>
        public bool IsPage { get; init; }

        /// <summary>Has a test of its own below, because it is about something else than a role.</summary>
        public bool IsApart { get; init; }

        /// <summary>Changes a record, which has to be sent in the version that is stored.</summary>
        public Func<Ids, string>? Versioned { get; init; }

        /// <summary>Of the project itself, which is alive where only its records lie in the bin.</summary>
        public bool IsOfProject { get; init; }
    }

    static readonly Rule Open = new() { IsOpen = true };
    static readonly Rule SignedIn = new();
    static readonly Rule Apart = new() { IsApart = true };

    static Rule Page(Func<Ids, string> address) => new(address) { IsPage = true };
    static Rule Read(Func<Ids, string> address) => new(address);
    static Rule Send(Func<Ids, string> address, Func<Ids, object?> body) => new(address, AccessRole.Edit, of => JsonContent.Create(body(of)));
    static Rule Put(Func<Ids, string> address) => new(address, AccessRole.Edit, _ => JsonContent.Create(Array.Empty<object>())) { Versioned = of => address(of)[..address(of).LastIndexOf('/')] };

    /// <summary>Brings back what stands there already: number 1 is always there.</summary>
    static Rule Back(Func<Ids, string> record) => new(of => record(of) + "/versions/1/restore", AccessRole.Edit, _ => JsonContent.Create(new { })) { Versioned = record };

    /// <summary>Of who has a part in the project: sent with nothing that could be done, so that the answer is about the role alone.</summary>
    static Rule Manage(Func<Ids, string> address, object? body = null) => new(address, AccessRole.Manage, body is null ? null : _ => JsonContent.Create(body)) { IsOfProject = true };
    static Rule Patch(Func<Ids, string> address) => new(address, AccessRole.Edit, _ => JsonContent.Create(new { notes = "changed" })) { Versioned = address };

    /// <summary>A route that is not in this table fails the test by its name: whoever adds one says here who may come in.</summary>
    static readonly Dictionary<string, Rule> Rules = new()
    {
        // Before there is an account, and for whoever watches the machine.
        ["/health/live"] = Open,
        ["/health/ready"] = Open,
        ["/sign-in"] = Open,
        ["/sign-in/code"] = Open,
        ["POST /passkeys/ask"] = Open,
        ["/set-password"] = Open,
        ["/welcome"] = Open,
        // Without a code, or with one that nobody ever gave; what a good one opens is asked in PeopleTests.
        ["/join"] = Open,
        ["/join/{Code}"] = Open,
        // By a link's secret alone, whoever is signed in: SharedPagesTests.
        ["/share/{Token}"] = Apart,
        ["/share/{Token}/{Kind}/{Key}"] = Apart,
        ["GET /share/{Token}/figures/{id:guid}/{name}.svg"] = Apart,
        ["OPTIONS /api/v1/uploads"] = Open,
        ["GET /api/v1/openapi.json"] = Open,

        // Pages that list what one may see; what they show is asked of the queries behind them, in QueryMatrixTests.
        ["/"] = SignedIn,
        ["/batches"] = SignedIn,
        ["/samples"] = SignedIn,
        ["/search"] = SignedIn,
        ["/dots"] = SignedIn,
        ["/runs"] = SignedIn,
        ["/projects"] = SignedIn,
        ["/groups"] = SignedIn,
        ["/groups/{Id:guid}"] = Apart, // of people, not of a project
        ["/bin"] = SignedIn,
        ["/instruments"] = SignedIn,
        ["/instruments/new"] = SignedIn,
        ["/labels"] = SignedIn,
        ["/scan"] = SignedIn,
        ["/jobs"] = SignedIn,
        ["/inbox"] = SignedIn,
        ["/inbox/names"] = SignedIn,
        ["/runs/move"] = SignedIn,
        ["/upload"] = SignedIn,
        ["/batches/new"] = SignedIn,
        ["/templates"] = SignedIn,
        ["/import/batches"] = SignedIn,
        ["/import/samples"] = SignedIn,
        ["/import/dots"] = SignedIn,
        ["/import/runs"] = SignedIn,
        ["/templates/new"] = SignedIn,
        ["/runs/new"] = SignedIn,
        ["/runs/table"] = SignedIn,
        ["/plan"] = SignedIn,
        ["/composition"] = SignedIn,
        ["/compare/blinking"] = SignedIn,
        ["/simulate"] = SignedIn,
        ["/runs/series"] = SignedIn,
        ["/projects/new"] = SignedIn,
        ["/begin"] = SignedIn,
        ["/people"] = SignedIn,
        ["/profile"] = SignedIn,
        ["/notices"] = SignedIn,
        ["/profile/tokens"] = SignedIn,
        ["/not-found"] = SignedIn,
        ["POST /sign-out"] = SignedIn,
        ["POST /passkeys/new"] = SignedIn,

        // What open pages are made of.
        ["/_blazor"] = SignedIn,
        ["/_blazor/negotiate"] = SignedIn,
        ["/_blazor/disconnect"] = SignedIn,
        ["/_blazor/initializers"] = SignedIn,
        ["GET /_framework/opaque-redirect"] = SignedIn,

        // Pages of one record.
        ["/projects/{Id:guid}"] = Page(of => $"/projects/{of.Project}"),
        ["/b/{Code}"] = Page(of => $"/b/{of.Batch}"),
        ["/b/{Code}/blinking"] = Read(of => $"/b/{of.Batch}/blinking"),
        ["/s/{Code}"] = Page(of => $"/s/{of.Sample}"),
        ["/templates/{Id:guid}"] = Page(of => $"/templates/{of.Template}"),
        ["/d/{Code}"] = Page(of => $"/d/{of.Dot}"),
        ["/r/{Id:guid}"] = Page(of => $"/r/{of.Run}"),
        ["/r/{Run:guid}/analyze/{Kind}"] = Read(of => $"/r/{of.Run}/analyze/g2.cw"),
        ["/a/{Id:guid}"] = Read(of => $"/a/{of.Analysis}"),

        // The REST API.
        ["GET /api/v1/lists/batches"] = SignedIn,
        ["GET /api/v1/lists/batches.csv"] = SignedIn,
        ["GET /api/v1/lists/samples"] = SignedIn,
        ["GET /api/v1/lists/samples.csv"] = SignedIn,
        ["GET /api/v1/lists/dots"] = SignedIn,
        ["GET /api/v1/lists/dots.csv"] = SignedIn,
        ["GET /api/v1/lists/runs"] = SignedIn,
        ["GET /api/v1/lists/runs.csv"] = SignedIn,
        ["GET /api/v1/search"] = SignedIn,
        ["GET /api/v1/batches"] = SignedIn,
        ["GET /api/v1/batches/{code}"] = Read(of => $"/api/v1/batches/{of.Batch}"),
        ["GET /api/v1/batches/{code}/blinking.csv"] = Read(of => $"/api/v1/batches/{of.Batch}/blinking.csv"),
        ["POST /api/v1/batches"] = Send(_ => "/api/v1/batches", of => new { project = of.Code, name = "new", formula = "CsPbI3" }),
        ["GET /api/v1/batches/{code}/ageing"] = Read(of => $"/api/v1/batches/{of.Batch}/ageing"),
        ["GET /api/v1/batches/{code}/access"] = Read(of => $"/api/v1/batches/{of.Batch}/access"),
        ["GET /api/v1/samples/{code}/access"] = Read(of => $"/api/v1/samples/{of.Sample}/access"),
        ["GET /api/v1/dots/{code}/access"] = Read(of => $"/api/v1/dots/{of.Dot}/access"),
        ["GET /api/v1/runs/{id:guid}/access"] = Read(of => $"/api/v1/runs/{of.Run}/access"),
        ["GET /api/v1/batches/{code}/versions"] = Read(of => $"/api/v1/batches/{of.Batch}/versions"),
        ["GET /api/v1/samples/{code}/versions"] = Read(of => $"/api/v1/samples/{of.Sample}/versions"),
        ["GET /api/v1/dots/{code}/versions"] = Read(of => $"/api/v1/dots/{of.Dot}/versions"),
        ["GET /api/v1/runs/{id:guid}/versions"] = Read(of => $"/api/v1/runs/{of.Run}/versions"),
        ["POST /api/v1/batches/{code}/versions/{number:int}/restore"] = Back(of => $"/api/v1/batches/{of.Batch}"),
        ["POST /api/v1/samples/{code}/versions/{number:int}/restore"] = Back(of => $"/api/v1/samples/{of.Sample}"),
        ["POST /api/v1/dots/{code}/versions/{number:int}/restore"] = Back(of => $"/api/v1/dots/{of.Dot}"),
        ["POST /api/v1/runs/{id:guid}/versions/{number:int}/restore"] = Back(of => $"/api/v1/runs/{of.Run}"),
        ["GET /api/v1/people"] = SignedIn,
        ["GET /api/v1/projects/{code}/members"] = Read(of => $"/api/v1/projects/{of.Code}/members") with { IsOfProject = true },
        ["POST /api/v1/projects/{code}/members"] = Manage(of => $"/api/v1/projects/{of.Code}/members", new { }),
        ["DELETE /api/v1/projects/{code}/members/{member:guid}"] = Apart, // PeopleApiTests, as are all that end somebody's part
        ["POST /api/v1/projects/{code}/leave"] = Apart,
        ["POST /api/v1/projects/{code}/hand-over"] = Manage(of => $"/api/v1/projects/{of.Code}/hand-over", new { to = Guid.Empty, keep = "manage" }),
        ["GET /api/v1/projects/{code}/invitations"] = Manage(of => $"/api/v1/projects/{of.Code}/invitations"),
        ["POST /api/v1/projects/{code}/invitations"] = Manage(of => $"/api/v1/projects/{of.Code}/invitations", new { people = (object[])[new { @for = "Kim", role = "read" }] }),
        ["DELETE /api/v1/projects/{code}/invitations/{invitation:guid}"] = Manage(of => $"/api/v1/projects/{of.Code}/invitations/{of.Invitation}"),
        ["GET /api/v1/projects/{code}/links"] = Read(of => $"/api/v1/projects/{of.Code}/links") with { IsOfProject = true },
        ["POST /api/v1/projects/{code}/links"] = Manage(of => $"/api/v1/projects/{of.Code}/links", new { name = "reviewers" }),
        ["DELETE /api/v1/projects/{code}/links/{link:guid}"] = Manage(of => $"/api/v1/projects/{of.Code}/links/{of.Link}"),
        ["DELETE /api/v1/projects/{code}"] = Apart, // BinApiTests
        ["POST /api/v1/projects/{code}/restore"] = Apart,
        ["DELETE /api/v1/templates/{id:guid}"] = Apart,
        ["POST /api/v1/templates/{id:guid}/restore"] = Apart,
        ["POST /api/v1/attachments/{id:guid}/restore"] = Apart,
        // Of people, not of a project: PeopleApiTests.
        ["GET /api/v1/groups/{id:guid}"] = Apart,
        ["POST /api/v1/groups"] = Apart,
        ["PATCH /api/v1/groups/{id:guid}"] = Apart,
        ["POST /api/v1/groups/{id:guid}/members"] = Apart,
        ["DELETE /api/v1/groups/{id:guid}/members/{person:guid}"] = Apart,
        ["GET /api/v1/groups/{id:guid}/invitations"] = Apart,
        ["POST /api/v1/groups/{id:guid}/invitations"] = Apart,
        ["DELETE /api/v1/groups/{id:guid}/invitations/{invitation:guid}"] = Apart,
        ["GET /api/v1/composition"] = SignedIn,
        ["GET /api/v1/composition/estimate"] = SignedIn,
        ["GET /api/v1/views"] = SignedIn,
        ["POST /api/v1/views"] = SignedIn,
        ["DELETE /api/v1/views/{id:guid}"] = Apart, // one's own: PeopleApiTests
        ["POST /api/v1/projects/{code}/names/try"] = new(of => $"/api/v1/projects/{of.Code}/names/try", AccessRole.Read, _ => JsonContent.Create(new { files = (object[])[new { name = "a.ptu" }] })) { IsOfProject = true },
        ["PUT /api/v1/batches/{code}/parents"] = Put(of => $"/api/v1/batches/{of.Batch}/parents"),
        ["PUT /api/v1/samples/{code}/parents"] = Put(of => $"/api/v1/samples/{of.Sample}/parents"),
        ["PATCH /api/v1/batches/{code}"] = Patch(of => $"/api/v1/batches/{of.Batch}"),
        ["GET /api/v1/samples"] = SignedIn,
        ["GET /api/v1/samples/{code}"] = Read(of => $"/api/v1/samples/{of.Sample}"),
        ["POST /api/v1/samples"] = Send(_ => "/api/v1/samples", of => new { batch = of.Batch }),
        ["PATCH /api/v1/samples/{code}"] = Patch(of => $"/api/v1/samples/{of.Sample}"),
        ["POST /api/v1/samples/{code}/dots"] = Send(of => $"/api/v1/samples/{of.Sample}/dots", _ => new { count = 1 }),
        ["POST /api/v1/batches/{code}/split"] = Send(of => $"/api/v1/batches/{of.Batch}/split", _ => new { count = 1 }),
        ["POST /api/v1/samples/{code}/copy"] = Send(of => $"/api/v1/samples/{of.Sample}/copy", _ => new { }),
        ["POST /api/v1/bulk/{kind}"] = Apart,
        ["POST /api/v1/imports"] = SignedIn,
        ["POST /api/v1/imports/{kind}"] = new(of => $"/api/v1/imports/batches?project={of.Code}", AccessRole.Edit, _ => new StringContent($"name,formula\nnew {Guid.NewGuid()},CsPbI3\n", System.Text.Encoding.UTF8, "text/csv")),
        ["GET /api/v1/imports/{kind}/template.csv"] = Apart,
        ["GET /api/v1/templates"] = SignedIn,
        ["GET /api/v1/templates/{id:guid}"] = Read(of => $"/api/v1/templates/{of.Template}"),
        ["POST /api/v1/templates"] = Send(_ => "/api/v1/templates", of => new { project = of.Code, name = "new" }),
        ["PATCH /api/v1/templates/{id:guid}"] = Patch(of => $"/api/v1/templates/{of.Template}"),
        ["GET /api/v1/dots"] = SignedIn,
        ["GET /api/v1/dots/{code}"] = Read(of => $"/api/v1/dots/{of.Dot}"),
        ["PATCH /api/v1/dots/{code}"] = Patch(of => $"/api/v1/dots/{of.Dot}"),
        ["GET /api/v1/runs"] = SignedIn,
        ["GET /api/v1/runs/{id:guid}"] = Read(of => $"/api/v1/runs/{of.Run}"),
        ["POST /api/v1/runs"] = Send(_ => "/api/v1/runs", of => new { dot = of.Dot, name = "new" }),
        ["PATCH /api/v1/runs/{id:guid}"] = Patch(of => $"/api/v1/runs/{of.Run}"),
        ["GET /api/v1/runs/{id:guid}/files/{file:guid}"] = Read(of => $"/api/v1/runs/{of.Run}/files/{of.File}"),
        ["GET /api/v1/runs/{id:guid}/files/{file:guid}/figure"] = Read(of => $"/api/v1/runs/{of.Run}/files/{of.File}/figure"),
        ["GET /api/v1/runs/{id:guid}/files/{file:guid}/figure.svg"] = Read(of => $"/api/v1/runs/{of.Run}/files/{of.File}/figure.svg"),
        ["GET /api/v1/runs/{id:guid}/files/{file:guid}/values.csv"] = Read(of => $"/api/v1/runs/{of.Run}/files/{of.File}/values.csv"),
        ["GET /api/v1/runs/{id:guid}/files/{file:guid}/map.png"] = Read(of => $"/api/v1/runs/{of.Run}/files/{of.File}/map.png"),
        ["GET /api/v1/runs/{id:guid}/files/{file:guid}/picture.png"] = Read(of => $"/api/v1/runs/{of.Run}/files/{of.File}/picture.png"),
        ["POST /api/v1/runs/{id:guid}/files/{file:guid}/reading"] = Send(of => $"/api/v1/runs/{of.Run}/files/{of.File}/reading", _ => new { layout = "spc-130" }),
        ["GET /api/v1/runs/{id:guid}/files/{file:guid}/photon-hdf5"] = Read(of => $"/api/v1/runs/{of.Run}/files/{of.File}/photon-hdf5"),
        // A set-up belongs to a group or to the whole portal, not to a project: InstrumentTests.
        ["/instruments/{Id:guid}"] = Apart,
        ["GET /api/v1/instruments"] = SignedIn,
        ["GET /api/v1/instruments/{id:guid}"] = Apart,
        ["POST /api/v1/instruments"] = Apart,
        ["PATCH /api/v1/instruments/{id:guid}"] = Apart,
        ["DELETE /api/v1/instruments/{id:guid}"] = Apart,
        ["POST /api/v1/instruments/{id:guid}/restore"] = Apart,
        ["GET /api/v1/instruments/{id:guid}/history"] = Apart,
        ["GET /api/v1/instruments/{id:guid}/versions"] = Apart,
        ["POST /api/v1/instruments/{id:guid}/versions/{number:int}/restore"] = Apart,
        ["GET /api/v1/attachments"] = Read(of => $"/api/v1/attachments?on=run&record={of.Run}"),
        ["POST /api/v1/attachments"] = Send(of => $"/api/v1/attachments?on=run&record={of.Run}&name=a.txt", _ => "a file"),
        ["GET /api/v1/attachments/{id:guid}"] = Read(of => $"/api/v1/attachments/{of.Photo}"),
        ["GET /api/v1/attachments/{id:guid}/thumbnail"] = Read(of => $"/api/v1/attachments/{of.Photo}/thumbnail"),
        ["PUT /api/v1/attachments/{id:guid}/thumbnail"] = Send(of => $"/api/v1/attachments/{of.Photo}/thumbnail", _ => "no picture"),
        ["PATCH /api/v1/attachments/{id:guid}"] = Send(of => $"/api/v1/attachments/{of.Photo}", _ => new { caption = "changed" }),
        ["DELETE /api/v1/attachments/{id:guid}"] = Apart,
        ["POST /api/v1/notes"] = Send(_ => "/api/v1/notes", of => new { on = "run", record = of.Run, text = "a note" }),
        ["GET /api/v1/analyses/kinds"] = SignedIn,
        ["GET /api/v1/analyses"] = Read(of => $"/api/v1/analyses?run={of.Run}"),
        ["POST /api/v1/analyses"] = Send(_ => "/api/v1/analyses", of => new { run = of.Run, kind = "g2.cw" }),
        ["GET /api/v1/analyses/{id:guid}"] = Read(of => $"/api/v1/analyses/{of.Analysis}"),
        ["POST /api/v1/analyses/{id:guid}/cancel"] = Send(of => $"/api/v1/analyses/{of.Analysis}/cancel", _ => null),
        ["GET /api/v1/analyses/{id:guid}/report"] = Read(of => $"/api/v1/analyses/{of.Analysis}/report"),
        ["GET /api/v1/analyses/{id:guid}/curves"] = Read(of => $"/api/v1/analyses/{of.Analysis}/curves"),
        ["GET /api/v1/analyses/{id:guid}/curves/{name}"] = Read(of => $"/api/v1/analyses/{of.Analysis}/curves/g2"),
        ["GET /api/v1/analyses/{id:guid}/curves/{name}.csv"] = Read(of => $"/api/v1/analyses/{of.Analysis}/curves/g2.csv"),
        ["GET /api/v1/analyses/{id:guid}/trace"] = Read(of => $"/api/v1/analyses/{of.Analysis}/trace"),
        ["GET /api/v1/analyses/{id:guid}/figures/{name}.svg"] = Read(of => $"/api/v1/analyses/{of.Analysis}/figures/g2.svg"),
        ["GET /api/v1/analyses/{id:guid}/figures/{name}"] = Read(of => $"/api/v1/analyses/{of.Analysis}/figures/g2"),
        ["GET /api/v1/analyses/{id:guid}/thumbnail.svg"] = Read(of => $"/api/v1/analyses/{of.Analysis}/thumbnail.svg"),
        ["POST /api/v1/files"] = new(of => $"/api/v1/files?name=a.ptu&run={of.Run}", AccessRole.Edit, _ => new ByteArrayContent([1, 2, 3])),
        ["DELETE /api/v1/batches/{code}"] = Apart, // as BatchCommands.Bin and its siblings: BinApiTests
        ["POST /api/v1/batches/{code}/restore"] = Apart,
        ["GET /api/v1/batches/{code}/history"] = Read(of => $"/api/v1/batches/{of.Batch}/history"),
        ["DELETE /api/v1/samples/{code}"] = Apart, // as BatchCommands.Bin and its siblings: BinApiTests
        ["POST /api/v1/samples/{code}/restore"] = Apart,
        ["GET /api/v1/samples/{code}/history"] = Read(of => $"/api/v1/samples/{of.Sample}/history"),
        ["DELETE /api/v1/dots/{code}"] = Apart, // as BatchCommands.Bin and its siblings: BinApiTests
        ["POST /api/v1/dots/{code}/restore"] = Apart,
        ["GET /api/v1/dots/{code}/history"] = Read(of => $"/api/v1/dots/{of.Dot}/history"),
        ["DELETE /api/v1/runs/{id:guid}"] = Apart,
        ["POST /api/v1/runs/{id:guid}/restore"] = Apart,
        ["GET /api/v1/runs/{id:guid}/history"] = Read(of => $"/api/v1/runs/{of.Run}/history"),
        ["GET /api/v1/projects"] = SignedIn,
        ["GET /api/v1/projects/{code}"] = Read(of => $"/api/v1/projects/{of.Code}") with { IsOfProject = true },
        ["POST /api/v1/projects"] = Apart, // whoever has an account may make one: BinApiTests
        ["PATCH /api/v1/projects/{code}"] = Apart,
        ["GET /api/v1/projects/{code}/access"] = Read(of => $"/api/v1/projects/{of.Code}/access") with { IsOfProject = true },
        ["GET /api/v1/groups"] = SignedIn,
        ["GET /api/v1/bin"] = Apart, // shows what is in the bin to who may take it out: BinApiTests
        ["GET /api/v1/jobs"] = SignedIn,
        ["POST /api/v1/jobs/{id:guid}/cancel"] = Apart,
        ["GET /api/v1/me"] = SignedIn,
        ["GET /api/v1/me/tokens"] = SignedIn,
        ["DELETE /api/v1/me/tokens/{id:guid}"] = Apart, // one's own and nobody else's: TokenTests
        ["POST /api/v1/uploads"] = new(_ => "/api/v1/uploads", AccessRole.Edit, With: (request, of) =>
        {
            request.Headers.Add("Upload-Length", "10");
            request.Headers.Add("Upload-Metadata", $"filename {Base64("a.ptu")},run {Base64(of.Run)}");
        }),
        ["GET /api/v1/comments"] = Read(of => $"/api/v1/comments?of=batch&record={of.Batch}"),
        ["POST /api/v1/comments"] = new(_ => "/api/v1/comments", AccessRole.Comment, of => JsonContent.Create(new { of = "batch", record = of.Batch, text = "said" })),
        ["GET /api/v1/comments/people"] = new(of => $"/api/v1/comments/people?of=batch&record={of.Batch}", AccessRole.Comment),
        ["GET /api/v1/comments/{id:guid}"] = Read(of => $"/api/v1/comments/{of.Comment}"),
        ["POST /api/v1/comments/{id:guid}/resolve"] = new(of => $"/api/v1/comments/{of.Comment}/resolve", AccessRole.Comment),
        ["POST /api/v1/comments/{id:guid}/reopen"] = new(of => $"/api/v1/comments/{of.Comment}/reopen", AccessRole.Comment),
        // A comment is changed by who wrote it: TalkAccessTests.
        ["PATCH /api/v1/comments/{id:guid}"] = Apart,
        ["DELETE /api/v1/comments/{id:guid}"] = Apart,
        ["POST /api/v1/comments/{id:guid}/restore"] = Apart,
        ["GET /api/v1/follows"] = SignedIn,
        ["GET /api/v1/follows/of"] = Read(of => $"/api/v1/follows/of?of=batch&record={of.Batch}"),
        ["PUT /api/v1/follows"] = new(_ => "/api/v1/follows", AccessRole.Read, of => JsonContent.Create(new { of = "batch", record = of.Batch })),
        ["GET /api/v1/notices"] = SignedIn,
        ["POST /api/v1/notices/read"] = new(Body: _ => JsonContent.Create(new { ids = Array.Empty<Guid>() })),
        ["GET /api/v1/notices/choices"] = SignedIn,
        ["PUT /api/v1/notices/choices"] = new(Body: _ => JsonContent.Create(new[] { new { kind = "reply", way = "bell" } })),
        ["GET /api/v1/notices/digest"] = SignedIn,
        ["GET /api/v1/notices/digest.txt"] = SignedIn,
        ["GET /api/v1/uploads/known"] = new(of => $"/api/v1/uploads/known?sha256={new string('0', 64)}&to={of.Dot}", AccessRole.Edit),
        ["GET /api/v1/inbox"] = SignedIn,
        ["POST /api/v1/inbox/file"] = SignedIn,
        ["POST /api/v1/runs/move"] = Send(_ => "/api/v1/runs/move", of => new { runs = (string[])[of.Run], to = of.Sample }),
        ["GET /api/v1/projects/{code}/names"] = Read(of => $"/api/v1/projects/{of.Code}/names") with { IsOfProject = true },
        ["PUT /api/v1/projects/{code}/names"] = new(of => $"/api/v1/projects/{of.Code}/names", AccessRole.Edit, _ => JsonContent.Create(new { patterns = (string[])["{sample}_{dot}*"] }))
            { Versioned = of => $"/api/v1/projects/{of.Code}/names", IsOfProject = true },
        ["GET /api/v1/agents"] = SignedIn,
        ["POST /api/v1/agents"] = SignedIn,
        ["HEAD /api/v1/uploads/{id:guid}"] = Apart,
        ["PATCH /api/v1/uploads/{id:guid}"] = Apart,
        ["DELETE /api/v1/uploads/{id:guid}"] = Apart,
    };

    static readonly string Random = Guid.NewGuid().ToString();
    static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));

    Ids Of(Place place) => place switch
    {
        Place.Nowhere => new(Random, "M9", "M9-0001", "M9-0001-S1", "M9-0001-S1-D001", Random, Guid.NewGuid().ToString(), Random) { Template = Random, Comment = Random, Photo = Random, Member = Random, Invitation = Random, Link = Random },
        Place.Malformed => new("no id", "no%20code'", "no%20code'", "no%20code'", "no%20code'", "no%20id", "no%20id", "no%20id") { Template = "no%20id", Comment = "no%20id", Photo = "no%20id", Member = "no%20id", Invitation = "no%20id", Link = "no%20id" },
        _ => Of(portal.Things[place]),
    };

    static Ids Of(Things at) => new($"{at.Project.Id}", at.Project.Code, at.Batch.Code, at.Sample.Code, at.Dot.Code, $"{at.Run.Id}", $"{at.File.Id}", $"{at.Analysis.Id}") { Template = $"{at.Template.Id}", Comment = $"{at.Comment.Id}", Photo = $"{at.Photo.Id}", Member = $"{at.ExtraGrant.Id}", Invitation = $"{at.Invitation.Id}", Link = $"{at.Link.Id}" };

    /// <summary>The role in which this person sees what lies at the place; None: it does not exist for them.</summary>
    static AccessRole RoleAt(string route, Rule rule, Who who, Place place, bool byToken)
    {
        var role = byToken && who == Who.Elsewhere ? AccessRole.None : MatrixFixture.Role(who);
        return place switch
        {
            Place.Shared => role,
            Place.Foreign => who == Who.Administrator ? AccessRole.Manage : AccessRole.None,
            // A page shows what is in the bin to who may take it out; a project in the bin is there for who managed it.
            Place.Binned => rule.IsPage && (role >= AccessRole.Edit || route.StartsWith("/projects")) || route is "POST /api/v1/batches" or "POST /api/v1/templates" or "POST /api/v1/imports/{kind}" || rule.IsOfProject ? role : AccessRole.None,
            Place.InBinnedProject => route.StartsWith("/projects") && role >= AccessRole.Manage ? role : AccessRole.None,
            _ => AccessRole.None,
        };
    }

    IEnumerable<RouteEndpoint> Mapped() => portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints)
        .OfType<RouteEndpoint>()
        // The files that pages are drawn with, and, while developing, those that the build has not listed yet.
        .Where(endpoint => endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null && endpoint.RoutePattern.RawText != "{**path:file}");

    static bool IsPage(Endpoint endpoint) => endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is not null;

    /// <summary>What the table calls an endpoint: a page by its address, anything else with its method.</summary>
    static IEnumerable<string> Names(RouteEndpoint endpoint)
    {
        var address = "/" + endpoint.RoutePattern.RawText!.Trim('/');
        var methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];
        return IsPage(endpoint) || methods.Count == 0 ? [address] : methods.Select(method => $"{method} {address}");
    }

    [Fact]
    public void Every_route_has_its_rule_and_every_rule_its_route()
    {
        var mapped = Mapped().SelectMany(Names).Distinct().Order().ToList();

        Assert.Equal([], mapped.Except(Rules.Keys).Select(route => $"{route} has no rule: say in {nameof(Rules)} who may come in there"));
        Assert.Equal([], Rules.Keys.Except(mapped).Select(route => $"{route} has a rule but is not mapped"));
    }

    [Fact]
    public void Every_page_of_a_record_has_its_door()
    {
        var doors = portal.Services.GetServices<PageDoor>().Select(door => door.Page).ToHashSet();
        Assert.Empty(
            from endpoint in Mapped()
            where endpoint.RoutePattern.Parameters.Count > 0 && endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is { } page && !doors.Contains(page.Type)
                // A secret in the address is looked at by the page's own door: SharedPagesTests, PeopleTests.
                && endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Authorization.IAllowAnonymous>() is null
            select $"{endpoint.RoutePattern.RawText} has no AddPageDoor");
    }

    public static TheoryData<string> Routes => [.. Rules.Where(rule => !rule.Value.IsApart).Select(rule => rule.Key)];

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_route_answers_everybody_as_its_rule_says(string route)
    {
        var rule = Rules[route];
        foreach (var byToken in (bool[])[false, true])
        {
            // Those who are refused first: whatever they sent, all that is stored is as it was.
            var before = await portal.Stored();
            foreach (var who in Enum.GetValues<Who>())
                foreach (var place in Places(rule))
                    if (!Expected(route, rule, who, place, byToken).IsAllowed) await Ask(route, rule, who, place, byToken);
            Assert.True(before == await portal.Stored(), $"{route} changed something for somebody who was refused:\n{before}\n{await portal.Stored()}");

            foreach (var who in Enum.GetValues<Who>())
                foreach (var place in Places(rule))
                    if (Expected(route, rule, who, place, byToken).IsAllowed) await Ask(route, rule, who, place, byToken);
        }
    }

    static readonly string[] Reads = ["GET ", "HEAD ", "OPTIONS "];

    /// <summary>Asked by POST, and change nothing.</summary>
    static readonly string[] Previews = ["POST /api/v1/projects/{code}/names/try"];

    /// <summary>Changes of what lies in no project, which a token for one project does not make.</summary>
    static readonly string[] OfNoProject = ["POST /api/v1/views", "PUT /api/v1/follows", "POST /api/v1/notices/read", "PUT /api/v1/notices/choices", "POST /api/v1/agents"];

    static Place[] Places(Rule rule) => rule.Address is null ? [Place.Nowhere] : Enum.GetValues<Place>();

    static (bool IsAllowed, int[] Status) Expected(string route, Rule rule, Who who, Place place, bool byToken)
    {
        if (rule.IsOpen) return (true, []);
        if (!MatrixFixture.IsSignedIn(who, byToken)) return (false, [401]);
        // A token is for the REST API: it opens no page and sends no form.
        if (byToken && !route.Contains(RestApi.Root)) return (false, [403]);
        var changes = !Reads.Any(route.StartsWith) && !Previews.Contains(route);
        if (byToken && who == Who.ReadsOnly && changes) return (false, place == Place.Malformed ? [400, 403, 404] : [403]);
        if (byToken && who == Who.Elsewhere && changes && OfNoProject.Contains(route)) return (false, [403]);
        if (rule.Address is null) return (true, []);
        if (place == Place.Malformed) return (false, [400, 404]);
        return RoleAt(route, rule, who, place, byToken) switch
        {
            AccessRole.None => (false, [404]),
            var role when role < rule.Least => (false, [403]),
            _ => (true, []),
        };
    }

    async Task Ask(string route, Rule rule, Who who, Place place, bool byToken)
    {
        var (isAllowed, status) = Expected(route, rule, who, place, byToken);
        var told = $"{route} as {who} by {(byToken ? "token" : "cookie")} of {place}";
        var (answer, body) = await Answer(route, rule, who, Of(place), byToken);
        var code = (int)answer.StatusCode;
        Assert.True(code < 500, $"{told} answered {code}: {body}");
        // The page of the second step leads back to the first for who has not taken it.
        if (route == "/sign-in/code") return;

        if (isAllowed)
        {
            Assert.True(code is not (401 or 403 or 404) && !IsSentToSignIn(answer), $"{told} answered {code} {answer.Headers.Location}, but they may: {body}");
            if (rule.Address is null) Assert.DoesNotContain(Things.Mark, byToken && who == Who.Elsewhere ? body : Hidden(body, who));
            return;
        }
        if (status is [401])
        {
            Assert.True(code == 401 || IsSentToSignIn(answer), $"{told} answered {code} {answer.Headers.Location} to somebody who is not signed in: {body}");
            Assert.DoesNotContain(Things.Mark, body);
            return;
        }
        Assert.True(status.Contains(code), $"{told} answered {code}, not {string.Join(" or ", status)}: {body}");
        Assert.DoesNotContain(Things.Mark, body);
        if (code != 404 || place == Place.Malformed) return;

        // Word for word what is said of an id that nobody ever gave.
        var (nothing, saidOfNothing) = await Answer(route, rule, who, Of(Place.Nowhere), byToken);
        Assert.Equal(Unnamed(saidOfNothing, Of(Place.Nowhere)), Unnamed(body, Of(place)));
        Assert.Equal(Headers(nothing), Headers(answer));
    }

    async Task<(HttpResponseMessage Answer, string Body)> Answer(string route, Rule rule, Who who, Ids of, bool byToken)
    {
        var isPage = route.StartsWith('/');
        using var http = await portal.Program(null);
        var address = rule.Address?.Invoke(of) ?? Parameter().Replace(isPage ? route : route.Split(' ')[1], "v1");
        using var request = new HttpRequestMessage(new(isPage ? "GET" : route.Split(' ')[0]), address) { Content = rule.Body?.Invoke(of) };
        if (isPage) request.Headers.Accept.ParseAdd("text/html");
        if (route.Contains("/api/v1/uploads")) request.Headers.Add("Tus-Resumable", "1.0.0");
        rule.With?.Invoke(request, of);
        if (rule.Versioned is { } record)
        {
            using var look = portal.Signed(new(HttpMethod.Get, record(of)), Who.Administrator, byToken: true);
            var tag = (await http.SendAsync(look)).Headers.ETag?.ToString() ?? "\"1\"";
            request.Headers.TryAddWithoutValidation("If-Match", tag);
        }
        var answer = await http.SendAsync(portal.Signed(request, who, byToken));
        return (answer, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A list may hold what lies in the shared project, for those who have a role there; everything else is hidden from it.</summary>
    static string Hidden(string body, Who who) => who == Who.Administrator ? ""
        : MatrixFixture.Role(who) >= AccessRole.Read ? SharedNames().Replace(body, "") : body;

    static bool IsSentToSignIn(HttpResponseMessage answer) => answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.ToString().Contains("/sign-in");

    static string Unnamed(string body, Ids of)
    {
        foreach (var id in of.All) body = body.Replace(id, "ID");
        return Trace().Replace(body, "");
    }

    static IEnumerable<string> Headers(HttpResponseMessage answer) => answer.Headers.Concat(answer.Content.Headers)
        .Where(header => header.Key is not ("Date" or "Set-Cookie" or "Content-Length")).Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Order();

    [Theory]
    [InlineData(Who.UsedLink)]
    [InlineData(Who.ExpiredLink)]
    public async Task A_link_that_was_used_or_waited_too_long_says_so_and_opens_nothing(Who who)
    {
        var link = "/set-password?" + portal.LinkOf(who);
        var before = await portal.Stored();

        // Who comes without an account, and who is signed in as somebody else: both read the same.
        foreach (var (holder, visitor) in ((Who, Visitor)[])[(Who.Anonymous, portal.Visitor()), (Who.Reader, portal.Visitor(Who.Reader))])
        {
            var shown = await visitor.Get(link);
            var text = await shown.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
            Assert.Contains("has been used already or has expired", text);
            Assert.DoesNotContain("type=\"password\"", text);
            Assert.DoesNotContain(who.ToString(), text);
            Assert.DoesNotContain(Things.Mark, text);

            // A form that was loaded while the link was good, or none of ours at all.
            var sent = await visitor.Post(holder == Who.Anonymous ? "/sign-in" : "/profile", "set-password", new() { ["Input.Password"] = "nine blue lasers hum" }, link);
            Assert.Contains("has been used already or has expired", sent.Text);
            Assert.DoesNotContain(who.ToString(), sent.Text);
            Assert.Equal(holder != Who.Anonymous, await visitor.IsSignedIn());
        }
        Assert.Equal(before, await portal.Stored());
    }

    [Fact]
    public async Task A_link_that_is_good_opens_the_form_and_no_other_page()
    {
        // Else the links above would be refused for another reason than their age.
        var query = await portal.GoodLink(Who.ExpiredLink);
        Assert.Contains("type=\"password\"", await portal.Visitor().Read("/set-password?" + query));
        Assert.True(IsSentToSignIn(await portal.Visitor().Get("/profile?" + query)));
        // Of somebody else, or of nobody: no good.
        var code = query[query.IndexOf("&code", StringComparison.Ordinal)..];
        foreach (var other in (Guid[])[portal.Person(Who.Administrator)!.Id, portal.Person(Who.Removed)!.Id, Guid.NewGuid()])
            Assert.DoesNotContain("type=\"password\"", await portal.Visitor().Read($"/set-password?person={other}{code}"));
    }

    [Fact]
    public async Task A_page_of_a_group_is_there_for_its_people_and_administrators()
    {
        var nothing = await (await portal.Visitor(Who.Reader).Get($"/groups/{Guid.NewGuid()}")).Content.ReadAsStringAsync();
        foreach (var who in Enum.GetValues<Who>().Where(who => MatrixFixture.IsSignedIn(who, byToken: false)))
            foreach (var (group, isIn) in ((Guid, bool)[])[(portal.Group, who is Who.GroupMember or Who.Administrator), (portal.Things[Place.Shared].Group.Id, who == Who.Administrator)])
            {
                var answer = await portal.Visitor(who).Get($"/groups/{group}");
                Assert.True(answer.StatusCode == (isIn ? HttpStatusCode.OK : HttpStatusCode.NotFound), $"{who}: {answer.StatusCode}");
                if (!isIn) Assert.Equal(Trace().Replace(nothing, ""), Trace().Replace(await answer.Content.ReadAsStringAsync(), ""));
            }
        Assert.True(IsSentToSignIn(await portal.Visitor().Get($"/groups/{portal.Group}")));
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task An_upload_is_there_for_its_owner_alone(string method)
    {
        var upload = new Upload
        {
            ProjectId = portal.Things[Place.Shared].Project.Id, OwnerId = portal.Person(Who.Editor)!.Id, FileName = Things.Mark, Length = 10, ExpiresAt = DateTimeOffset.UtcNow.AddDays(1),
        };
        var lost = new Upload { ProjectId = upload.ProjectId, OwnerId = portal.Person(Who.Expired)!.Id, FileName = Things.Mark, Length = 10, ExpiresAt = DateTimeOffset.UtcNow.AddDays(1) };
        await using (var db = portal.CreateDbContext())
        {
            db.AddRange(upload, lost);
            await db.SaveChangesAsync();
        }
        using var http = await portal.Program(null);
        async Task<HttpResponseMessage> Ask(Who who, object id)
        {
            var request = new HttpRequestMessage(new(method), $"/api/v1/uploads/{id}");
            request.Headers.Add("Tus-Resumable", "1.0.0");
            if (method == "PATCH")
            {
                request.Headers.Add("Upload-Offset", "0");
                request.Content = new ByteArrayContent(new byte[10]) { Headers = { ContentType = new("application/offset+octet-stream") } };
            }
            return await http.SendAsync(portal.Signed(request, who, byToken: true));
        }

        var before = await portal.Stored();
        foreach (var who in Enum.GetValues<Who>().Where(who => who != Who.Editor))
            foreach (var id in (Guid[])[upload.Id, lost.Id])
            {
                var answer = await Ask(who, id);
                Assert.True((int)answer.StatusCode == (!MatrixFixture.IsSignedIn(who, true) ? 401 : who == Who.ReadsOnly && method != "HEAD" ? 403 : 404), $"{method} of somebody else's upload answered {who} with {answer.StatusCode}");
                var nothing = await Ask(who, Guid.NewGuid());
                Assert.Equal(Trace().Replace(await nothing.Content.ReadAsStringAsync(), ""), Trace().Replace(await answer.Content.ReadAsStringAsync(), ""));
                Assert.Equal(Headers(nothing), Headers(answer));
            }
        Assert.Equal(before, await portal.Stored());

        Assert.True((await Ask(Who.Editor, upload.Id)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_run_or_a_file_is_not_reached_through_another_record_that_one_may_see()
    {
        using var http = await portal.Program(null);
        var (mine, theirs) = (Of(Place.Shared), Of(Place.Foreign));
        async Task<HttpStatusCode> Get(string address) =>
            (await http.SendAsync(portal.Signed(new(HttpMethod.Get, address), Who.Manager, byToken: true))).StatusCode;

        Assert.Equal(HttpStatusCode.NotFound, await Get($"/api/v1/runs/{mine.Run}/files/{theirs.File}"));
        Assert.Equal(HttpStatusCode.NotFound, await Get($"/api/v1/runs/{theirs.Run}/files/{mine.File}"));
        foreach (var view in (string[])["figure", "figure.svg", "values.csv", "map.png", "picture.png"])
            Assert.Equal(HttpStatusCode.NotFound, await Get($"/api/v1/runs/{mine.Run}/files/{theirs.File}/{view}"));
        // A result of another project is not drawn beside one's own.
        var beside = portal.Signed(new(HttpMethod.Get, $"/api/v1/analyses/{mine.Analysis}/figures/g2?with={theirs.Analysis}"), Who.Manager, byToken: true);
        var alone = portal.Signed(new(HttpMethod.Get, $"/api/v1/analyses/{mine.Analysis}/figures/g2?with={Random}"), Who.Manager, byToken: true);
        Assert.Equal(await (await http.SendAsync(alone)).Content.ReadAsStringAsync(), await (await http.SendAsync(beside)).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_run_that_one_may_not_see_is_no_input_of_an_analysis_and_not_told_from_one_that_is_not_there()
    {
        using var http = await portal.Program(null);
        // A run of its own: others have the shared one read again.
        var mine = await portal.Fresh();
        var before = await portal.Stored();
        async Task<string> Ask(object input)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/analyses")
            {
                Content = JsonContent.Create(new { run = mine.Run.Id, kind = "lifetime", inputs = new { irf_file = input } }),
            };
            var answer = await http.SendAsync(portal.Signed(request, Who.Manager, byToken: true));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            return Trace().Replace(await answer.Content.ReadAsStringAsync(), "");
        }

        var nowhere = await Ask(Random);
        Assert.Contains("response", nowhere);
        foreach (var place in (Place[])[Place.Foreign, Place.Binned, Place.InBinnedProject]) Assert.Equal(nowhere, await Ask(Of(place).Run));
        Assert.Equal(before, await portal.Stored());
    }

    [Theory]
    [InlineData("batches", "createdBy")]
    [InlineData("batches", "createdById")]
    [InlineData("batches", "projectId")]
    [InlineData("batches", "project")]
    [InlineData("batches", "simulated")]
    [InlineData("samples", "batch")]
    [InlineData("samples", "batchId")]
    [InlineData("dots", "truth")]
    [InlineData("dots", "sample")]
    [InlineData("runs", "reading")]
    [InlineData("runs", "sampleId")]
    [InlineData("runs", "dot")]
    [InlineData("runs", "deletedAt")]
    [InlineData("runs", "isAdministrator")]
    [InlineData("runs", "role")]
    public async Task A_field_that_the_portal_gives_is_not_taken_from_a_caller(string of, string field)
    {
        var at = portal.Things[Place.Shared];
        var address = $"/api/v1/{of}/" + of switch { "batches" => at.Batch.Code, "samples" => at.Sample.Code, "dots" => at.Dot.Code, _ => $"{at.Run.Id}" };
        using var http = await portal.Program(null);
        var tag = (await http.SendAsync(portal.Signed(new(HttpMethod.Get, address), Who.Manager, byToken: true))).Headers.ETag!;
        var before = await portal.Stored();

        using var request = new HttpRequestMessage(HttpMethod.Patch, address) { Content = JsonContent.Create(new Dictionary<string, object> { [field] = field == "simulated" ? true : portal.Things[Place.Foreign].Project.Code }) };
        request.Headers.IfMatch.Add(tag);
        var answer = await http.SendAsync(portal.Signed(request, Who.Manager, byToken: true));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(before, await portal.Stored());
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("""(,?"traceId":"[^"]*")|<!--Blazor[^>]*-->|name="__RequestVerificationToken" value="[^"]*"|[?&]ReturnUrl=[^"']*""")]
    private static partial Regex Trace();

    /// <summary>Names of the first project, the shared one, and the name and description of the third itself, in which only the records lie in the bin.</summary>
    [GeneratedRegex($"{Things.Mark} ([a-z ]* M1|(project|about) M3)\\b")]
    private static partial Regex SharedNames();
}
