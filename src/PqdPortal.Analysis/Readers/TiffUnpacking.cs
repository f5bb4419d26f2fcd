namespace PqdPortal.Analysis.Readers;

/// <summary>PackBits: runs and literals, each behind a signed byte that counts them.</summary>
sealed class PackBitsStream(Stream packed) : ForwardStream
{
    readonly byte[] _one = new byte[1];
    int _left, _repeated = -1;

    public override int Read(Span<byte> buffer)
    {
        var n = 0;
        while (n < buffer.Length)
        {
            if (_left == 0)
            {
                if (packed.Read(_one) == 0) return n;
                var count = (sbyte)_one[0];
                // -128 stands for nothing at all.
                if (count == sbyte.MinValue) continue;
                (_left, _repeated) = count >= 0 ? (count + 1, -1) : (1 - count, -1);
                if (count < 0)
                {
                    if (packed.Read(_one) == 0) return n;
                    _repeated = _one[0];
                }
            }
            var piece = buffer.Slice(n, Math.Min(_left, buffer.Length - n));
            if (_repeated >= 0)
                piece.Fill((byte)_repeated);
            else
            {
                var got = packed.Read(piece);
                if (got == 0) return n;
                piece = piece[..got];
            }
            n += piece.Length;
            _left -= piece.Length;
        }
        return n;
    }
}

/// <summary>LZW as in TIFF 6.0: codes of 9 to 12 bits, highest bit first, one wider already when the last but one code is given out.</summary>
sealed class LzwStream(Stream packed) : ForwardStream
{
    const int Clear = 256, End = 257, Codes = 4096;

    readonly ushort[] _prefix = new ushort[Codes];
    readonly byte[] _last = new byte[Codes];
    readonly byte[] _ahead = new byte[1 << 12];
    /// <summary>The text of a code, last byte first.</summary>
    readonly byte[] _text = new byte[Codes];
    int _aheadAt, _aheadCount, _bits, _bitCount, _width = 9, _next = End + 1, _old = -1, _textCount;
    bool _begun, _over;

    /// <exception cref="InvalidDataException">These are no LZW codes.</exception>
    public override int Read(Span<byte> buffer)
    {
        var n = 0;
        while (n < buffer.Length)
        {
            if (_textCount == 0 && !NextText()) break;
            buffer[n++] = _text[--_textCount];
        }
        return n;
    }

    bool NextText()
    {
        while (!_over)
        {
            var code = NextCode();
            if (!_begun && code != Clear) throw new InvalidDataException("they do not begin with the code that clears the table");
            _begun = true;
            if (code is End or < 0)
            {
                _over = true;
                return false;
            }
            if (code == Clear)
            {
                (_width, _next, _old) = (9, End + 1, -1);
                continue;
            }
            if (_old < 0 ? code > 255 : code > _next || (code == _next && _next == Codes))
                throw new InvalidDataException($"the code {code} stands where codes up to {(_old < 0 ? 255 : _next)} are known");

            if (_old >= 0 && _next < Codes)
            {
                _prefix[_next] = (ushort)_old;
                // The new text ends in the first byte of what this code stands for, which may be the new text itself.
                _last[_next] = First(code == _next ? _old : code);
                _next++;
                if (_next == (1 << _width) - 1 && _width < 12) _width++;
            }
            for (var at = code; ; at = _prefix[at])
            {
                _text[_textCount++] = at < 256 ? (byte)at : _last[at];
                if (at < 256) break;
            }
            _old = code;
            return true;
        }
        return false;
    }

    byte First(int code)
    {
        while (code >= 256) code = _prefix[code];
        return (byte)code;
    }

    int NextCode()
    {
        while (_bitCount < _width)
        {
            if (_aheadAt == _aheadCount)
            {
                (_aheadAt, _aheadCount) = (0, packed.Read(_ahead));
                if (_aheadCount == 0) return -1;
            }
            _bits = _bits << 8 | _ahead[_aheadAt++];
            _bitCount += 8;
        }
        _bitCount -= _width;
        var code = _bits >> _bitCount & (1 << _width) - 1;
        _bits &= (1 << _bitCount) - 1;
        return code;
    }
}
