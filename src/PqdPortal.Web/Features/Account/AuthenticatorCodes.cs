using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using PqdPortal.Data.Account;

namespace PqdPortal.Web.Features.Account;

/// <summary>
/// The six digits of an authenticator app. Identity's own check takes a code as often as it is sent while it lasts; here each is good
/// once, so that whoever reads it over a shoulder is too late.
/// </summary>
/// <remarks>Time-based one-time passwords, RFC 6238: HMAC-SHA1 over the count of half minutes since 1970, six digits.</remarks>
public sealed class AuthenticatorCodes(TimeProvider clock) : IUserTwoFactorTokenProvider<PortalUser>
{
    /// <summary>How long one code is shown [s].</summary>
    const int Step = 30;

    /// <summary>Clocks of phones may be wrong by so many steps, either way.</summary>
    const int Drift = 1;

    const string Provider = "PqdPortal", LastStep = "LastCode";

    public async Task<bool> CanGenerateTwoFactorTokenAsync(UserManager<PortalUser> manager, PortalUser user) =>
        await manager.GetAuthenticatorKeyAsync(user) is { Length: > 0 };

    /// <summary>The authenticator makes the codes; the portal only checks them.</summary>
    public Task<string> GenerateAsync(string purpose, UserManager<PortalUser> manager, PortalUser user) => Task.FromResult("");

    public async Task<bool> ValidateAsync(string purpose, string token, UserManager<PortalUser> manager, PortalUser user)
    {
        if (await manager.GetAuthenticatorKeyAsync(user) is not { Length: > 0 } key || !int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out _)) return false;
        var now = clock.GetUtcNow().ToUnixTimeSeconds() / Step;
        long? matched = null;
        for (var step = now - Drift; step <= now + Drift; step++)
            if (CryptographicOperations.FixedTimeEquals(System.Text.Encoding.ASCII.GetBytes(Code(key, step)), System.Text.Encoding.ASCII.GetBytes(token))) matched = step;
        if (matched is not { } at) return false;

        var used = await manager.GetAuthenticationTokenAsync(user, Provider, LastStep);
        if (long.TryParse(used, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && at <= last) return false;
        // Two requests with the same code: the person's version lets the first one write, and the second fails.
        return (await manager.SetAuthenticationTokenAsync(user, Provider, LastStep, at.ToString(CultureInfo.InvariantCulture))).Succeeded;
    }

    /// <summary>The code of a step, six digits.</summary>
    /// <param name="key">The shared key in base 32, as the person may have typed it.</param>
    /// <param name="step">Half minutes since 1970.</param>
    public static string Code(string key, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(Bytes(key), counter, hash);
        var number = BinaryPrimitives.ReadUInt32BigEndian(hash[(hash[^1] & 15)..]) & 0x7FFFFFFF;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>What an authenticator app reads from the picture.</summary>
    public static string Address(string key, PortalUser person) =>
        $"otpauth://totp/PqdPortal:{Uri.EscapeDataString(person.UserName!)}?secret={key}&issuer=PqdPortal&digits=6&period={Step}";

    /// <summary>Base 32, RFC 4648.</summary>
    static byte[] Bytes(string key)
    {
        var bytes = new List<byte>(key.Length * 5 / 8);
        var (bits, held) = (0, 0);
        foreach (var letter in key.ToUpperInvariant())
        {
            if ("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter) is not (>= 0 and var value)) continue;
            bits = bits << 5 | value;
            if ((held += 5) < 8) continue;
            bytes.Add((byte)(bits >> (held -= 8)));
            bits &= (1 << held) - 1;
        }
        return [.. bytes];
    }
}
