// SPDX-License-Identifier: Apache-2.0
// tests/oracle/java/DecimalOracle.java - what Confluent's rules mean by their functions of decimals: Java's BigDecimal.
//
// A line is a function and its arguments with tabs between, written as tests/tools/decimal_tool.c reads them; the answer is one
// JSON object, as that tool writes it. A decimal of a negative scale has the scale 0 here: our values have none.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

public final class DecimalOracle {
    private static final MathContext DIVIDING = new MathContext(38, RoundingMode.HALF_UP);

    private static BigInteger whole(String hex) {
        return hex.isEmpty() ? BigInteger.ZERO : new BigInteger(HexFormat.of().parseHex(hex));
    }

    private static Object argument(String text) {
        String rest = text.substring(2);
        switch (text.charAt(0)) {
            case 'c':
                int blank = rest.indexOf(' ');
                return new BigDecimal(whole(rest.substring(blank + 1)), Integer.parseInt(rest.substring(0, blank)));
            case 'i': return Long.valueOf(rest);
            case 'u': return new BigInteger(rest);
            case 'd': return Double.valueOf(rest);
            case 'y': return whole(rest);
            default: return rest;
        }
    }

    private static BigDecimal made(Object of) {
        if (of instanceof Double) {
            return BigDecimal.valueOf((Double) of);
        }
        return of instanceof BigDecimal ? (BigDecimal) of : new BigDecimal(of.toString());
    }

    private static BigDecimal rounded(BigDecimal of, Object scale, RoundingMode how) {
        return of.setScale(Math.toIntExact((Long) scale), how);
    }

    private static BigDecimal cut(BigDecimal of, Object scale) {
        return Math.toIntExact((Long) scale) >= of.scale() ? of : rounded(of, scale, RoundingMode.DOWN);
    }

    private static Object outcome(String name, Object[] args) {
        BigDecimal a = args[0] instanceof BigDecimal ? (BigDecimal) args[0] : null;
        BigDecimal b = args.length > 1 && args[1] instanceof BigDecimal ? (BigDecimal) args[1] : null;
        Object to = args.length > 1 ? args[1] : Long.valueOf(0);
        switch (name) {
            case "decimal":
                return args.length == 2 ? new BigDecimal((BigInteger) args[0], Math.toIntExact((Long) to)) : made(args[0]);
            case "string": return a.toPlainString();
            case "double": return a.doubleValue();
            case "decimals.eq": return a.compareTo(b) == 0;
            case "_<_": case "decimals.lt": return a.compareTo(b) < 0;
            case "_<=_": case "decimals.le": return a.compareTo(b) <= 0;
            case "_>_": case "decimals.gt": return a.compareTo(b) > 0;
            case "_>=_": case "decimals.ge": return a.compareTo(b) >= 0;
            case "_+_": case "decimals.add": return a.add(b);
            case "_-_": case "decimals.sub": return a.subtract(b);
            case "_*_": case "decimals.mul": return a.multiply(b);
            case "_/_": case "decimals.div": return a.divide(b, DIVIDING);
            case "_%_": case "decimals.mod": return a.remainder(b);
            case "decimals.greatest": return a.max(b);
            case "decimals.least": return a.min(b);
            case "decimals.sqrt": return a.sqrt(DIVIDING);
            case "-_": case "decimals.neg": return a.negate();
            case "decimals.abs": return a.abs();
            case "decimals.sign": return (long) a.signum();
            case "decimals.round": return rounded(a, to, RoundingMode.HALF_UP);
            case "decimals.trunc": return cut(a, to);
            case "decimals.floor": return a.setScale(0, RoundingMode.FLOOR);
            case "decimals.ceil": return a.setScale(0, RoundingMode.CEILING);
            default: throw new IllegalStateException(name);
        }
    }

    private static String answer(String line) {
        String[] words = line.split("\t", -1);
        Object[] args = new Object[words.length - 1];
        Object out;
        try {
            for (int i = 0; i < args.length; i++) {
                args[i] = argument(words[i + 1]);
            }
            out = outcome(words[0], args);
        } catch (ArithmeticException | NumberFormatException thrown) {
            return "{\"error\": \"" + thrown.getClass().getSimpleName() + "\"}";
        }
        if (out instanceof BigDecimal) {
            BigDecimal decimal = ((BigDecimal) out).signum() == 0 && ((BigDecimal) out).scale() < 0 ? BigDecimal.ZERO : (BigDecimal) out;
            if (decimal.scale() < -3000) {
                return "{\"error\": \"more digits than this program prints\"}";
            }
            decimal = decimal.scale() < 0 ? decimal.setScale(0) : decimal;
            return "{\"decimal\": \"" + HexFormat.of().formatHex(decimal.unscaledValue().toByteArray())
                + "\", \"scale\": " + decimal.scale() + ", \"digits\": " + decimal.precision() + "}";
        }
        String kind = out instanceof Long ? "int" : out.getClass().getSimpleName().toLowerCase();
        return "{\"" + kind.replace("boolean", "bool") + "\": \"" + out + "\"}";
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line));
        }
    }
}
