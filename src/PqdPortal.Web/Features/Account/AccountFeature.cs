using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using PqdPortal.Data.Account;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Account;

/// <summary>Who may come in: passwords, sign-in cookie, access tokens, and the pages around them.</summary>
public static class AccountFeature
{
    /// <summary>How long a link for setting a password is good.</summary>
    public static readonly TimeSpan LinkLife = TimeSpan.FromDays(3);

    /// <summary>Picks the access token where the request brings one, else the cookie.</summary>
    const string CookieOrToken = "CookieOrToken";

    public static IServiceCollection AddAccount(this IServiceCollection services)
    {
        services.AddAuthentication(CookieOrToken)
            .AddPolicyScheme(CookieOrToken, null, options => options.ForwardDefaultSelector =
                context => TokenAuthentication.IsOn(context.Request) ? TokenAuthentication.SchemeName : IdentityConstants.ApplicationScheme)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null)
            .AddIdentityCookies(cookies => cookies.ApplicationCookie!.Configure(cookie =>
            {
                cookie.Cookie.Name = "PqdPortal";
                cookie.LoginPath = SignIn.Address;
                cookie.AccessDeniedPath = "/not-found";
                // The session says how long, from the sign-in on; see Sessions.
                cookie.ExpireTimeSpan = TimeSpan.FromDays(30);
                cookie.SlidingExpiration = false;
                cookie.Events.OnRedirectToLogin = Refuse(StatusCodes.Status401Unauthorized);
                cookie.Events.OnRedirectToAccessDenied = Refuse(StatusCodes.Status404NotFound);
                var byStamp = cookie.Events.OnValidatePrincipal;
                cookie.Events.OnValidatePrincipal = async check =>
                {
                    if (await IsOfALivingSession(check)) await byStamp(check);
                    else check.RejectPrincipal();
                };
            }));
        foreach (var scheme in (string[])[IdentityConstants.ApplicationScheme, IdentityConstants.TwoFactorUserIdScheme, IdentityConstants.TwoFactorRememberMeScheme, IdentityConstants.ExternalScheme])
            services.Configure<CookieAuthenticationOptions>(scheme, cookie =>
            {
                cookie.CookieManager = new PrefixedCookies();
                cookie.Cookie.HttpOnly = true;
                cookie.Cookie.SameSite = SameSiteMode.Lax; // a link in a mail opens the page it names
                cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            });

        services.AddIdentityCore<PortalUser>(options =>
            {
                options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
                options.User.AllowedUserNameCharacters = "";
                // PasswordRules says what a password must be.
                options.Password.RequireDigit = options.Password.RequireLowercase = options.Password.RequireUppercase = options.Password.RequireNonAlphanumeric = false;
                options.Password.RequiredLength = options.Password.RequiredUniqueChars = 1;
                options.Lockout.MaxFailedAccessAttempts = 6;
                options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
            })
            .AddUserStore<PersonStore>()
            .AddSignInManager<Door>()
            .AddDefaultTokenProviders()
            .AddTokenProvider<AuthenticatorCodes>(TokenOptions.DefaultAuthenticatorProvider)
            .AddPasswordValidator<PasswordRules>()
            .AddErrorDescriber<AccountWords>()
            .AddClaimsPrincipalFactory<PersonClaims>();
        services.Configure<DataProtectionTokenProviderOptions>(options => options.TokenLifespan = LinkLife);
        // PBKDF2 with SHA-512; 210 000 rounds, OWASP's advice of 2023. An older hash is made anew at the next sign-in.
        services.Configure<PasswordHasherOptions>(options => options.IterationCount = 210_000);
        services.Configure<IdentityPasskeyOptions>(options =>
        {
            // The device asks for its PIN or finger, and knows the person: no name has to be typed.
            options.UserVerificationRequirement = "required";
            options.ResidentKeyRequirement = "required";
        });
        services.Configure<SecurityStampValidatorOptions>(options =>
        {
            options.ValidationInterval = TimeSpan.FromMinutes(1);
            options.OnRefreshingPrincipal = refreshed =>
            {
                if (PersonClaims.SessionOf(refreshed.CurrentPrincipal) is { } session)
                    refreshed.NewPrincipal!.Identities.First().AddClaim(new(PersonClaims.Session, session.ToString()));
                return Task.CompletedTask;
            };
        });

        // Every page and endpoint needs a person unless it says otherwise.
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());

        services.AddSingleton<FirstVisit>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<UnknownNames>();
        services.AddScoped<AccountEvents>();
        services.AddScoped<AccountCommands>();
        services.AddScoped<AccountQueries>();
        services.AddScoped<TokenEnds>();
        return services;
    }

    public static IEndpointRouteBuilder MapAccount(this IEndpointRouteBuilder portal)
    {
        MeApi.Map(portal);
        // A form with its antiforgery token, so that no other site can sign a person out.
        portal.MapPost("/sign-out", async (Door door, AccountEvents events, HttpContext http, IAntiforgery antiforgery) =>
        {
            if (!await antiforgery.IsRequestValidAsync(http)) return NoToken();
            if (PersonClaims.IdOf(http.User) is { } person) await events.Note(person, "signed out", person);
            await door.SignOutAsync();
            return Results.LocalRedirect("~" + SignIn.Address);
        }).ExcludeFromDescription();

        // What a browser's authenticator is asked; passkeys.js brings the form's token in a header.
        portal.MapPost("/passkeys/new", async (Door door, UserManager<PortalUser> people, HttpContext http, IAntiforgery antiforgery) =>
        {
            if (!await antiforgery.IsRequestValidAsync(http)) return NoToken();
            if (await people.GetUserAsync(http.User) is not { RemovedAt: null } person) return Results.NotFound();
            return Results.Content(await door.MakePasskeyCreationOptionsAsync(
                new() { Id = person.Id.ToString(), Name = person.UserName!, DisplayName = person.Name }), "application/json");
        }).ExcludeFromDescription();
        portal.MapPost("/passkeys/ask", async (Door door, HttpContext http, IAntiforgery antiforgery) =>
            await antiforgery.IsRequestValidAsync(http) ? Results.Content(await door.MakePasskeyRequestOptionsAsync(null), "application/json") : NoToken())
            .AllowAnonymous().WithMetadata(new AtTheDoorAttribute()).ExcludeFromDescription();
        return portal;
    }

    static IResult NoToken() => Results.Problem(
        "The form came without the token that this portal gave it, so nothing was done. Load the page again and send the form from there.", statusCode: StatusCodes.Status400BadRequest, title: "Refused");

    /// <summary>Files of the portal itself are everybody's: nobody has to be asked for them.</summary>
    static async Task<bool> IsOfALivingSession(CookieValidatePrincipalContext check) =>
        check.HttpContext.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>() is not null
        || PersonClaims.IdOf(check.Principal) is { } person && PersonClaims.SessionOf(check.Principal) is { } session
            && await check.HttpContext.RequestServices.GetRequiredService<Sessions>().IsAlive(session, person, check.HttpContext.RequestAborted);

    /// <summary>A page is sent to the sign-in; a program, or a script of a page, gets the status itself.</summary>
    static Func<RedirectContext<CookieAuthenticationOptions>, Task> Refuse(int status) => context =>
    {
        var request = context.Request;
        var isPage = context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is not null
            || (request.GetTypedHeaders().Accept?.Any(type => type.MediaType == "text/html") == true
                && HttpMethods.IsGet(request.Method) && !request.Path.StartsWithSegments("/api"));
        if (isPage) context.Response.Redirect(context.RedirectUri);
        else context.Response.StatusCode = status;
        return Task.CompletedTask;
    };
}
