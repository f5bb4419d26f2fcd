using System.Net;
using System.Security.Claims;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Mvc.Testing.Handlers;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PqdPortal.Data.Account;
using PqdPortal.Web.Access;
using PqdPortal.Web.Features.Home;

namespace PqdPortal.Portal.Tests.Web;

/// <summary>The whole portal in this process, on a fresh database, without a network; background work is queued but not done.</summary>
public class PortalFixture : DatabaseFixture
{
    WebApplicationFactory<PqdPortal.Web.App>? _portal;

    /// <summary>Options that a kind of portal has besides.</summary>
    protected virtual IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>();

    /// <summary>True serves it at a free port of this machine, so that connections are real ones.</summary>
    protected virtual bool IsServed => false;

    /// <summary>What the portal has logged at the level Error or above.</summary>
    public KeptLog Errors { get; private set; } = null!;

    static KeptLog Keep(IServiceCollection services, KeptLog log)
    {
        services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(log);
        return log;
    }

    /// <summary>Where it is served.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    public IServiceProvider Services => _portal!.Services;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        _portal = new WebApplicationFactory<PqdPortal.Web.App>().WithWebHostBuilder(host =>
        {
            host.UseSetting("ConnectionStrings:Portal", ConnectionString)
                .UseSetting("Portal:DataFolder", Folder.Path)
                .UseSetting("Portal:Jobs:RunHere", "false")
                .UseSetting("Logging:LogLevel:Default", "Warning")
                // The demo laboratory simulates for minutes; its tests call it themselves.
                .ConfigureTestServices(services => services.Remove(services.Single(
                    service => service.ServiceType == typeof(IHostedService) && service.ImplementationFactory?.Method.DeclaringType?.DeclaringType == typeof(HomeFeature))));
            // Tests ask faster than people; LimitTests has limits of its own.
            foreach (var limit in (string[])["SignIns", "Uploads", "Requests"]) host.UseSetting($"Portal:Web:{limit}PerMinute", "1000000");
            host.ConfigureTestServices(services => Errors = Keep(services, new KeptLog()));
            // Any free port: at the usual address only one of the classes that run at once would start.
            if (IsServed) host.UseSetting("urls", "http://127.0.0.1:0");
            foreach (var (key, value) in Settings) host.UseSetting(key, value);
        });
        if (IsServed)
        {
            _portal.UseKestrel(0);
            _portal.StartServer();
            Address = new(Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single().Replace("[::]", "127.0.0.1"));
        }
        else _ = _portal.Server;
    }

    public override async Task DisposeAsync()
    {
        if (_portal is not null) await _portal.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Somebody with a browser of their own.</summary>
    /// <param name="address">Where they think the portal is.</param>
    public Visitor Visitor(string address = "http://localhost")
    {
        var jar = new CookieContainer();
        var browser = IsServed ? new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = jar }) { BaseAddress = Address }
            : _portal!.CreateDefaultClient(new Uri(address), new CookieContainerHandler(jar));
        // As a browser says of whatever a page of the portal asks for.
        browser.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        return new(browser, jar);
    }

    /// <summary>Somebody who sends these cookies and keeps none.</summary>
    public HttpClient Thief(string cookies)
    {
        var thief = _portal!.CreateDefaultClient(new Uri("http://localhost"));
        thief.DefaultRequestHeaders.Add("Sec-Fetch-Site", "same-origin");
        thief.DefaultRequestHeaders.Add("Accept", "text/html");
        if (cookies.Length > 0) thief.DefaultRequestHeaders.Add("Cookie", cookies);
        return thief;
    }

    /// <summary>A first visitor who has become the administrator.</summary>
    public async Task<Visitor> Administrator(string signInName = "ada")
    {
        var visitor = Visitor();
        var answer = await visitor.Post("/welcome", "welcome", new() { ["Input.Name"] = "Ada", ["Input.SignInName"] = signInName, ["Input.Password"] = Password, ["Input.Organisation"] = "Lab" });
        // A class whose tests share a portal makes its administrator in the first of them.
        if (answer.Location?.EndsWith("/begin") != true) await visitor.SignIn(signInName, Password);
        Assert.True(await visitor.IsSignedIn(), $"The administrator is not signed in: {answer.Status} {answer.Location} {answer.Text}");
        return visitor;
    }

    /// <summary>A program of this person's, signed in by a token; without a person it has none.</summary>
    /// <param name="address">Where it finds the portal, if not there where it is served.</param>
    public async Task<HttpClient> Program(PortalUser? person, Uri? address = null)
    {
        var program = IsServed ? new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address ?? Address }
            : _portal!.CreateClient(new() { AllowAutoRedirect = false, HandleCookies = false });
        if (person is null) return program;
        program.DefaultRequestHeaders.Authorization = new("Bearer", await Token(person));
        return program;
    }

    public const string Password = "correct horse battery";

    /// <summary>A scope of services in which this person acts.</summary>
    public AsyncServiceScope As(PortalUser person)
    {
        var scope = Services.CreateAsyncScope();
        var who = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.NameIdentifier, person.Id.ToString())], "test"));
        // As an open page's circuit is told at its start.
        ((IHostEnvironmentAuthenticationStateProvider)scope.ServiceProvider.GetRequiredService<AuthenticationStateProvider>())
            .SetAuthenticationState(Task.FromResult(new AuthenticationState(who)));
        return scope;
    }
}

/// <summary>A browser as far as addresses, cookies and forms go.</summary>
public sealed partial class Visitor(HttpClient http, CookieContainer? jar = null)
{
    public HttpClient Http => http;

    /// <summary>The cookies as this browser sends them now.</summary>
    public string Cookies => jar?.GetCookieHeader(http.BaseAddress!) ?? "";

    /// <summary>Keeps a cookie as if the portal had set it here.</summary>
    public void Take(string cookie) => jar!.SetCookies(http.BaseAddress!, cookie);

    public async Task<HttpResponseMessage> Get(string address, string accept = "text/html")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd(accept);
        return await http.SendAsync(request);
    }

    public async Task<string> Read(string address)
    {
        var shown = await Get(address);
        var page = WebUtility.HtmlDecode(await shown.Content.ReadAsStringAsync());
        Assert.True(shown.StatusCode != HttpStatusCode.InternalServerError, $"{address} failed: {page}");
        return page;
    }

    /// <summary>Fills a form of a page and sends it.</summary>
    /// <param name="form">The form's name, as the page gives it.</param>
    /// <param name="to">Where it is sent, if not to its page.</param>
    public async Task<Answer> Post(string address, string form, Dictionary<string, string> fields, string? to = null)
    {
        var shown = await Get(address);
        var page = await shown.Content.ReadAsStringAsync();
        Assert.True(shown.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.InternalServerError) || AntiforgeryToken().IsMatch(page), $"{address} shows no form: {page}");
        fields["_handler"] = form;
        if (AntiforgeryToken().Match(page) is { Success: true } token) fields["__RequestVerificationToken"] = token.Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Post, to ?? address) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Accept.ParseAdd("text/html");
        var response = await http.SendAsync(request);
        return new Answer(response.StatusCode, response.Headers.Location?.ToString(), WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync()),
            response.Headers.TryGetValues("Set-Cookie", out var set) ? [.. set] : []);
    }

    public Task<Answer> SignIn(string name, string password, string address = "/sign-in") =>
        Post(address, "sign-in", new() { ["Input.Name"] = name, ["Input.Password"] = password });

    /// <summary>Whether a page for people with an account opens.</summary>
    public async Task<bool> IsSignedIn() => (await Get("/profile")).StatusCode == HttpStatusCode.OK;

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex AntiforgeryToken();
}

/// <summary>What came back of a form: where it leads, or the page with its text.</summary>
public sealed record Answer(HttpStatusCode Status, string? Location, string Text, IReadOnlyList<string> Cookies);
