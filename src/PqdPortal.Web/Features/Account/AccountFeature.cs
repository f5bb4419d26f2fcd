using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using PqdPortal.Data;
using PqdPortal.Data.Account;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Account;

/// <summary>Who may come in: passwords, sign-in cookie, access tokens, and the pages around them.</summary>
public static class AccountFeature
{
    /// <summary>How long a link for setting a password is good.</summary>
    public static readonly TimeSpan LinkLife = TimeSpan.FromDays(3);

    /// <summary>Length is what makes a password strong; the rest is left to the person.</summary>
    public const int PasswordLength = 10;

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
                cookie.ExpireTimeSpan = TimeSpan.FromDays(14);
                cookie.SlidingExpiration = true;
                cookie.Events.OnRedirectToLogin = Refuse(StatusCodes.Status401Unauthorized);
                cookie.Events.OnRedirectToAccessDenied = Refuse(StatusCodes.Status404NotFound);
            }));

        services.AddIdentityCore<PortalUser>(options =>
            {
                options.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
                options.User.AllowedUserNameCharacters = "";
                options.Password.RequiredLength = PasswordLength;
                options.Password.RequireDigit = options.Password.RequireLowercase = options.Password.RequireUppercase = options.Password.RequireNonAlphanumeric = false;
                options.Password.RequiredUniqueChars = 3;
                options.Lockout.MaxFailedAccessAttempts = 6;
                options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
            })
            .AddEntityFrameworkStores<PortalDb>()
            .AddSignInManager()
            .AddDefaultTokenProviders()
            .AddErrorDescriber<AccountWords>()
            .AddClaimsPrincipalFactory<PersonClaims>();
        services.Configure<DataProtectionTokenProviderOptions>(options => options.TokenLifespan = LinkLife);
        // A removed person or a changed password ends the other sessions within a minute.
        services.Configure<SecurityStampValidatorOptions>(options => options.ValidationInterval = TimeSpan.FromMinutes(1));

        // Every page and endpoint needs a person unless it says otherwise.
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());

        services.AddSingleton<FirstVisit>();
        services.AddScoped<AccountCommands>();
        services.AddScoped<AccountQueries>();
        return services;
    }

    public static IEndpointRouteBuilder MapAccount(this IEndpointRouteBuilder portal)
    {
        // A form with its antiforgery token, so that no other site can sign a person out.
        portal.MapPost("/sign-out", async (SignInManager<PortalUser> signIn, HttpContext context, Microsoft.AspNetCore.Antiforgery.IAntiforgery antiforgery) =>
        {
            if (!await antiforgery.IsRequestValidAsync(context)) return Results.BadRequest();
            await signIn.SignOutAsync();
            return Results.LocalRedirect("~" + SignIn.Address);
        }).ExcludeFromDescription();
        return portal;
    }

    /// <summary>A page is sent to the sign-in; a program, or a script of a page, gets the status itself.</summary>
    static Func<RedirectContext<Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationOptions>, Task> Refuse(int status) => context =>
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
