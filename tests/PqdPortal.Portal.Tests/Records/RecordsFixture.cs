using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.JSInterop;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Account;
using PqdPortal.Data.Files;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Postgres;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Data.Uploads;
using PqdPortal.Web.Access;
using PqdPortal.Web.Features.Groups;
using PqdPortal.Web.Features.Imports;
using PqdPortal.Web.Features.Instruments;
using PqdPortal.Web.Features.Labels;
using PqdPortal.Web.Features.Runs;
using PqdPortal.Web.Features.Samples;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Live;

namespace PqdPortal.Portal.Tests.Records;

/// <summary>The record features on a real database: their endpoints over HTTP, their classes as a person, one project with one of each record.</summary>
public sealed class RecordsFixture : DatabaseFixture
{
    WebApplication _portal = null!;

    /// <summary>The measured file's content.</summary>
    public byte[] Content { get; } = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    public Project Zn { get; private set; } = null!;
    public Batch Batch { get; private set; } = null!;
    public Sample Sample { get; private set; } = null!;
    public Emitter Dot { get; private set; } = null!;
    public Run Run { get; private set; } = null!;
    public RunFile File { get; private set; } = null!;

    /// <summary>A person of each role; None has no grant at all.</summary>
    public Dictionary<AccessRole, PortalUser> People { get; } = [];

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        Zn = await Project(code: "ZN");
        await using (var db = CreateDbContext())
        {
            foreach (var role in Enum.GetValues<AccessRole>())
            {
                var person = await Person(role.ToString());
                People[role] = person;
                if (role > AccessRole.None) db.Add(new Grant { ProjectId = Zn.Id, PersonId = person.Id, Role = role });
            }

            await db.SaveChangesAsync();
        }

        _portal = await StartPortal();
        var maker = People[AccessRole.Edit];
        Batch = (await As(maker, of => of.GetRequiredService<BatchCommands>().Make(Zn.Id, new Batch { Code = "", Name = "first", Formula = "CsPbBr3" })))!;
        Sample = (await As(maker, of => of.GetRequiredService<SampleCommands>().Make(Batch.Id, new Sample { Code = "", Name = "" })))!;
        Dot = (await As(maker, of => of.GetRequiredService<SampleCommands>().AddDots(Sample.Id, 1)))![0];
        Run = (await As(maker, of => of.GetRequiredService<RunCommands>().Make(Dot.Code, new Run { Name = "night run" })))!;

        var stored = await _portal.Services.GetRequiredService<IFileStore>().Save(new MemoryStream(Content));
        File = new RunFile { RunId = Run.Id, Sha256 = stored.Sha256, Name = "blinkende Tüpfel 1.ptu" };
        await using var more = CreateDbContext();
        more.Add(new StoredFile { Sha256 = stored.Sha256, Length = stored.Length });
        more.Add(File);
        await more.SaveChangesAsync();
    }

    public override async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>The endpoints, asked by a person; by nobody where null.</summary>
    public HttpClient Client(PortalUser? person)
    {
        var client = _portal.GetTestClient();
        if (person is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Person", person.Id.ToString());
        return client;
    }

    /// <summary>Calls a feature's classes as a person does through a page.</summary>
    public async Task<T> As<T>(PortalUser person, Func<IServiceProvider, Task<T>> act)
    {
        await using var scope = _portal.Services.CreateAsyncScope();
        ((PageSignIn)scope.ServiceProvider.GetRequiredService<AuthenticationStateProvider>()).Person = person;
        return await act(scope.ServiceProvider);
    }

    async Task<WebApplication> StartPortal()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        var services = builder.Services;
        services.AddSingleton<IDbContextFactory<PortalDb>>(this);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<Viewers>();
        services.AddSingleton<IFileStore>(new LocalFolderStore(Path.Combine(Folder.Path, "files")));
        services.AddSingleton(new PqdPortal.Web.WebOptions()).AddSingleton<Sessions>();
        services.AddSingleton(new ChangeFeed(new DatabaseOptions(ConnectionString, null), NullLogger<ChangeFeed>.Instance));
        services.AddSingleton<LiveChanges>();
        services.AddHttpContextAccessor();
        services.AddScoped<AuthenticationStateProvider, PageSignIn>();
        services.AddScoped<CurrentViewer>();
        services.AddScoped<RecordWatch>();
        services.AddScoped<PqdPortal.Web.Layout.Moving.RunMover>();
        services.AddScoped<NavigationManager, Address>();
        services.AddScoped<IJSRuntime, NoBrowser>();
        services.AddSingleton(new PqdPortal.Jobs.BinOptions());
        services.AddSingleton(new PqdPortal.Jobs.StoredMeasurements(null!));
        services.AddSingleton(of => new PqdPortal.Jobs.OfferedAnalyses(of.GetRequiredService<PqdPortal.Jobs.StoredMeasurements>(), new([])));
        services.AddSingleton(new PqdPortal.Jobs.FileConversion(null!, null!, TimeProvider.System));
        services.AddSingleton<PqdPortal.Jobs.AttachmentDesk>();
        services.AddSingleton(new Shelf(Path.Combine(Folder.Path, "tables"), TimeProvider.System)).AddImports();
        services.AddRecordPieces().AddSamples().AddRuns().AddInstruments().AddLabels().AddGroups();
        // The background work has tests of its own; stopping a job is not asked here.
        services.Replace(ServiceDescriptor.Scoped(of => new RunCommands(this, of.GetRequiredService<CurrentViewer>(), null!, null!, TimeProvider.System)));
        services.AddAuthentication("Person").AddScheme<AuthenticationSchemeOptions, ByHeader>("Person", null);
        services.AddAuthorization();

        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapSamples();
        app.MapRuns();
        app.MapRecordPieces();
        app.MapInstruments();
        app.MapImports();
        PqdPortal.Web.Layout.Bulk.BulkApi.MapBulk(app);
        await app.StartAsync();
        return app;
    }

    static ClaimsPrincipal Principal(string id) => new(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, id)], "test"));

    sealed class PageSignIn : AuthenticationStateProvider
    {
        public PortalUser? Person { get; set; }

        public override Task<AuthenticationState> GetAuthenticationStateAsync() =>
            Task.FromResult(new AuthenticationState(Person is null ? new ClaimsPrincipal(new ClaimsIdentity()) : Principal(Person.Id.ToString())));
    }

    sealed class ByHeader(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
            Task.FromResult(AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var header) && header.Parameter is { } id
                ? AuthenticateResult.Success(new AuthenticationTicket(Principal(id), Scheme.Name))
                : AuthenticateResult.NoResult());
    }

    sealed class Address : NavigationManager
    {
        public Address() => Initialize("http://localhost/", "http://localhost/here");
    }

    sealed class NoBrowser : IJSRuntime
    {
        public ValueTask<T> InvokeAsync<T>(string identifier, object?[]? args) => throw new InvalidOperationException("Rendering to HTML calls no browser.");
        public ValueTask<T> InvokeAsync<T>(string identifier, CancellationToken stop, object?[]? args) => InvokeAsync<T>(identifier, args);
    }
}
