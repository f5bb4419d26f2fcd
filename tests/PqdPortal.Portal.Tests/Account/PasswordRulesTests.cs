using PqdPortal.Data.Account;
using PqdPortal.Web.Features.Account;

namespace PqdPortal.Portal.Tests.Account;

public sealed class PasswordRulesTests
{
    static readonly PortalUser Grace = new() { Name = "Grace Brewster Hopper", UserName = "ghopper", Email = "ghopper@example.org" };

    [Theory]
    [InlineData("seven grey dots")]
    [InlineData("correct horse battery")]
    [InlineData("ночь улица фонарь аптека")]
    [InlineData("量子ドットの光子が一つだけ出る")]
    [InlineData("🔬💡🔭📈🧪⚛️🌈🔦🕯️🧲🔋📡")]
    [InlineData("83920174650192")]
    [InlineData("Tr0ub4dor&3 staple")]
    public void A_long_password_that_nobody_would_try_first_is_taken(string password) => Assert.Null(PasswordRules.Trouble(password, Grace));

    [Theory]
    [InlineData("elevenchars", "at least 12")]
    [InlineData("a          b", "at least 12")]
    [InlineData("aaaaaaaaaaaaaaaa", "repeats")]
    [InlineData("123456789012", "tried first")]
    [InlineData("abcdefghijklm", "tried first")]
    [InlineData("password12345", "tried first")]
    [InlineData("P@ssw0rd!!!!", "tried first")]
    [InlineData("dragondragon", "tried first")]
    [InlineData("!!Monkey2024!!", "tried first")]
    [InlineData("1qaz2wsx3edc", "tried first")]
    [InlineData("administrator", "tried first")]
    [InlineData("Grace Hopper 1906", "your name")]
    [InlineData("ghopper@example", "your name")]
    [InlineData("PqdPortal2026", "your name or the portal's")]
    public void A_password_that_is_tried_first_is_refused_in_words(string password, string why) => Assert.Contains(why, PasswordRules.Trouble(password, Grace));

    [Fact]
    public void A_hundred_and_twenty_eight_characters_are_taken_and_not_one_more()
    {
        var words = string.Join(' ', Enumerable.Range(0, 40).Select(i => "dot" + i));

        Assert.Null(PasswordRules.Trouble(words[..128], Grace));
        Assert.Contains("at most 128", PasswordRules.Trouble(words[..129], Grace));
    }

    /// <summary>RFC 6238, appendix B, its last six digits; the key is "12345678901234567890".</summary>
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1234567890, "005924")]
    [InlineData(20000000000, "353130")]
    public void An_authenticator_shows_the_codes_of_the_standard(long second, string code) =>
        Assert.Equal(code, AuthenticatorCodes.Code("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", second / 30));
}
