using PqdPortal.Client;
using PqdPortal.Client.Records;
using PqdPortal.Data.Account;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Account;

/// <summary>Whose program this is, over HTTP. Tokens are listed and ended here and made nowhere but on their page.</summary>
public static class MeApi
{
    public static void Map(IEndpointRouteBuilder portal)
    {
        var api = portal.MapGroup(RestApi.Root + "/me").RequireAuthorization().DisableAntiforgery().WithTags("Account");
        api.MapGet("", Get).WithName("getMe").WithSummary("Whose program this is, what its token is good for, and its projects").Produces<MeRecord>();
        api.MapGet("/tokens", async (AccountQueries account, CancellationToken stop) => (await account.MyTokens(stop)).Select(Of).ToList())
            .WithName("listTokens").WithSummary("Your access tokens that were not revoked, newest first; never the tokens themselves").Produces<IReadOnlyList<TokenRecord>>();
        api.MapDelete("/tokens/{id:guid}", async (Guid id, AccountCommands account, CancellationToken stop) =>
            await account.RevokeToken(id, stop) ? Results.NoContent() : RecordAnswers.NotThere("token"))
            .WithName("revokeToken").WithSummary("Revoke a token of yours at once, this one too").Produces(StatusCodes.Status204NoContent);
    }

    static async Task<IResult> Get(AccountQueries account, CurrentViewer me, HttpContext http, CancellationToken stop)
    {
        var viewer = await me.Get(stop);
        if (viewer.PersonId is not { } id) return RecordAnswers.NotThere("person");
        var sent = PersonClaims.TokenOf(http.User) is { } token ? (await account.MyTokens(stop)).FirstOrDefault(one => one.Id == token) : null;
        return Results.Json(new MeRecord(id, viewer.Name, viewer.IsAdministrator, await account.MyParts(stop), sent is null ? null : Of(sent)));
    }

    static TokenRecord Of(TokenRow token) => new(
        token.Id, token.Name, token.Scope == TokenScope.Read ? TokenReach.Read : TokenReach.Write, token.Project ?? token.ProjectId?.ToString(),
        token.CreatedAt, token.ExpiresAt, token.LastUsedAt, token.LastAddress, token.LastProgram);
}
