namespace PqdPortal.Web.Features.Account;

/// <summary>The identifier of a researcher: sixteen digits, the last one a check digit.</summary>
public static class Orcid
{
    /// <summary>Whether the groups and the check digit (ISO 7064, MOD 11-2) are right.</summary>
    public static bool IsValid(string orcid)
    {
        var digits = orcid.Replace("-", "");
        if (orcid.Length != 19 || digits.Length != 16 || orcid[4] != '-' || orcid[9] != '-' || orcid[14] != '-') return false;
        if (!digits[..15].All(char.IsAsciiDigit)) return false;
        var total = 0;
        foreach (var digit in digits[..15]) total = (total + (digit - '0')) * 2;
        var check = (12 - total % 11) % 11;
        return digits[15] == (check == 10 ? 'X' : (char)('0' + check));
    }
}
