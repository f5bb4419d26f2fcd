using Microsoft.AspNetCore.Identity;

namespace PqdPortal.Web.Features.Account;

/// <summary>What is wrong with a sign-in name or password, in plain words.</summary>
public sealed class AccountWords : IdentityErrorDescriber
{
    public override IdentityError PasswordTooShort(int length) => new()
    {
        Code = nameof(PasswordTooShort),
        Description = $"The password has fewer than {length} characters. Use at least {length}; a few words in a row are easy to keep in mind.",
    };

    public override IdentityError PasswordRequiresUniqueChars(int uniqueChars) => new()
    {
        Code = nameof(PasswordRequiresUniqueChars),
        Description = $"The password repeats the same characters. Use at least {uniqueChars} different ones.",
    };

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

    public override IdentityError InvalidToken() => new()
    {
        Code = nameof(InvalidToken),
        Description = "This link has been used already or has expired. Ask the administrator for a new one.",
    };

    public override IdentityError PasswordMismatch() => new()
    {
        Code = nameof(PasswordMismatch),
        Description = "The present password is not right. Nothing was changed.",
    };
}
