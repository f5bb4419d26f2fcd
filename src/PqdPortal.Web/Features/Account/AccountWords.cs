using Microsoft.AspNetCore.Identity;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Account;

/// <summary>What is wrong with a sign-in name or password, in plain words.</summary>
public sealed class AccountWords : IdentityErrorDescriber
{
    /// <summary>What somebody reads whose account is closed for a while; the same for a name that is nobody's.</summary>
    public static string Locked(DateTimeOffset? until, TimeProvider clock) =>
        $"Too many wrong passwords or codes. This account opens again in {Numbers.Span((until ?? clock.GetUtcNow()) - clock.GetUtcNow())}; your work is untouched.";

    public override IdentityError DuplicateUserName(string userName) => new()
    {
        Code = nameof(DuplicateUserName),
        Description = $"The sign-in name {userName} is taken. Choose another one.",
    };

    public override IdentityError InvalidUserName(string? userName) => new()
    {
        Code = nameof(InvalidUserName),
        Description = "The sign-in name is empty. An e-mail address or any short name will do.",
    };

    public const string LinkIsUsed = "This link has been used already or has expired. Ask the administrator for a new one.";

    public override IdentityError InvalidToken() => new()
    {
        Code = nameof(InvalidToken),
        Description = LinkIsUsed,
    };

    public override IdentityError PasswordMismatch() => new()
    {
        Code = nameof(PasswordMismatch),
        Description = "The present password is not right. Nothing was changed.",
    };
}
